"""A model should register as a third-party engineer's does: six stages, from training to the loaded artifact.

*Passes when* the real MLflow client, through the proxy and with an API key, finds or creates the one long-lived
experiment, logs a run with parameters and metrics, uploads the model's files and registers a version, finds it
again, and downloads files that are byte for byte those that were sent and predict the same; and when wrong requests
are refused exactly as MLflow refuses them (``refusals.py``).
*Leaves behind* nothing that is active; see ``Registry.delete_run`` and the runbook for what MLflow deletes softly.
"""

from urllib.parse import urlsplit

from registry_monitor.model import Check, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.heartbeat import heartbeat_checks
from registry_monitor.suites.refusals import refusal_checks
from registry_monitor.suites.registration_stages import STAGES, RegistrationFlow
from registry_monitor.suites.registry_flow import COLD_IMPORT_S
from registry_monitor.target import Mlflow

SUITE = SuiteName.MODEL_REGISTRATION_FLOW
DURATION_CHECK = f"{SUITE}.duration"
CLEAN_UP_CHECK = f"{SUITE}.clean-up"


def checks(context: SuiteContext) -> list[Check]:
    """The six stages, the time that they took together, wrong requests, and the clean-up that always runs."""
    flow = RegistrationFlow(context)
    mlflow, host = context.target.mlflow, urlsplit(context.target.mlflow.api_url).hostname
    listed: list[Check] = []
    for stage in STAGES:
        listed.append(
            Check(
                id=f"{SUITE}.{stage}",
                suite=SUITE,
                subject=_SUBJECTS[stage],
                run=flow.stage(stage),
                after=tuple(check.id for check in listed[-1:]),
                timeout_s=COLD_IMPORT_S + mlflow.registration_budget_s,
                host=None if stage == "train" else host,
                service=None if stage == "train" else mlflow.service,
                writes=stage in ("experiment", "run", "register"),
                is_idempotent=stage == "experiment",
                is_vital=True,
                requests=requests_of(mlflow, stage),
            )
        )
    stages = tuple(check.id for check in listed)
    listed.append(Check(DURATION_CHECK, SUITE, "The registration", flow.judge_duration, after=stages))
    listed.extend(refusal_checks(context, SUITE, flow, after=f"{SUITE}.register"))
    listed.append(
        Check(
            CLEAN_UP_CHECK,
            SUITE,
            "The clean-up",
            flow.clean_up,
            after=tuple(check.id for check in listed),
            timeout_s=30.0,
            host=host,
            writes=True,
            always=True,
            requests=requests_of(mlflow, "clean-up"),
        )
    )
    return [*heartbeat_checks(context, SUITE), *listed]


def requests_of(mlflow: Mlflow, stage: str) -> tuple[str, ...]:
    """What a stage asks of MLflow, in its order; ``…`` stands for ids and file names of the run."""
    below = f"{mlflow.api_url}/api/2.0"
    straight = "".join(mlflow.straight_api or ())
    possible = [each for each in _REQUESTS[stage] if straight or "{straight}" not in each]
    return tuple(request.format(below=below, straight=straight) for request in possible)


_SUBJECTS = {
    "train": "Stage 1, training a model here",
    "experiment": "Stage 2, the MLflow experiment",
    "run": "Stage 3, logging a run",
    "register": "Stage 4, registering the model",
    "retrieve": "Stage 5, finding the model again",
    "artifact": "Stage 6, the artifact",
}

_FIRST = " (by the first run ever)"
_REQUESTS = {
    "train": (),
    "experiment": (
        "GET {below}/mlflow/experiments/get-by-name",
        "GET {below}/mlflow/experiments/get",
        "POST {below}/mlflow/experiments/create" + _FIRST,
    ),
    "run": (
        "POST {below}/mlflow/runs/create",
        "POST {below}/mlflow/runs/log-batch",
        "POST {below}/mlflow/runs/update",
        "GET {below}/mlflow/runs/get",
    ),
    "register": (
        "PUT {below}/mlflow-artifacts/artifacts/…",
        "GET {below}/mlflow/registered-models/search",
        "POST {below}/mlflow/registered-models/create",
        "POST {below}/mlflow/model-versions/create",
        "GET {below}/mlflow/model-versions/get",
    ),
    "retrieve": ("GET {below}/mlflow/model-versions/search",),
    "artifact": ("GET {below}/mlflow-artifacts/artifacts", "GET {below}/mlflow-artifacts/artifacts/…"),
    "clean-up": (
        "GET {below}/mlflow/experiments/get-by-name",
        "GET {below}/mlflow/experiments/get",
        "GET {below}/mlflow/registered-models/search",
        "POST {below}/mlflow/runs/search",
        "GET {below}/mlflow/registered-models/get",
        "DELETE {straight}/registered-models/delete",
        "GET {below}/mlflow/runs/get",
        "DELETE {below}/mlflow-artifacts/artifacts/…",
        "GET {below}/mlflow-artifacts/artifacts",
        "POST {below}/mlflow/runs/delete",
    ),
}
