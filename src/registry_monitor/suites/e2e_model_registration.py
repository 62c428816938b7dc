"""A third-party engineer's day should work: two versions of a model of real data, from training to a user's hands.

*Passes when* the real MLflow client, through the proxy and with an API key, logs two runs with their models' folders
(with a signature and example rows), registers them as two versions with descriptions and tags, gives the better one an
alias by the metrics that MLflow itself has, and finds both with their runs, tags and metrics; when another key then
fetches the model by its alias, byte for byte, and it predicts what it predicted here.
*Needs* a second key (``mlflow.reader_key``) to fetch as somebody else, and a serving endpoint that is free of charge
(``mlflow.serving_url``) to be asked; without them these two checks are SKIPPED.
*Leaves behind* nothing that is active: see the runbook.
"""

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from registry_monitor.model import Attempt, Check, Outcome, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.model_registration_flow import requests_of
from registry_monitor.suites.registry_flow import COLD_IMPORT_S, Step
from registry_monitor.suites.serving import ask_served_model, serving_url
from registry_monitor.suites.third_party_day import ALIAS, METRIC, ThirdPartyDay

SUITE = SuiteName.E2E_MODEL_REGISTRATION


@dataclass(frozen=True)
class _Stage:
    """One stage of the day. ``requests``: below ``/api/2.0``, as ``plan`` prints them; none where it stays here."""

    aspect: str
    subject: str
    expected: str
    step: Step
    requests: tuple[str, ...] = ()
    writes: bool = True
    skip: str | None = None


def checks(context: SuiteContext) -> list[Check]:
    """The stages of the day, each after the one before; the time that they took; the clean-up that always runs."""
    day = ThirdPartyDay(context)
    listed: list[Check] = []
    for stage in _stages(day):
        listed.append(_stage_check(context, day, stage, after=tuple(check.id for check in listed[-1:])))
    last = listed[-1].id
    fetch = _stage_check(context, day, _fetch(context, day), after=(last,))
    timed = tuple(check.id for check in [*listed, fetch] if check.skip is None)
    listed += [fetch, _serving_check(context, day, after=last)]
    listed.append(Check(f"{SUITE}.duration", SUITE, "The whole day", day.judge_duration, after=timed))
    clean_up = Check(
        id=f"{SUITE}.clean-up",
        suite=SUITE,
        subject="The clean-up after the day",
        run=day.clean_up,
        after=tuple(check.id for check in listed),
        timeout_s=30.0,
        host=urlsplit(context.target.mlflow.api_url).hostname,
        writes=True,
        always=True,
        requests=requests_of(context.target.mlflow, "clean-up"),
    )
    return [*listed, clean_up]


def _stages(day: ThirdPartyDay) -> list[_Stage]:
    logged = "a run with the parameters, metrics and tags that were logged, and the files stored"
    ready = "a version that becomes READY, numbered in its order, with its description and tags"
    log = (
        "POST mlflow/runs/create",
        "POST mlflow/runs/log-batch",
        "POST mlflow/runs/update",
        "GET mlflow/runs/get",
        "PUT mlflow-artifacts/artifacts/…",
    )
    register = (
        "POST mlflow/model-versions/create",
        "POST mlflow/model-versions/set-tag",
        "GET mlflow/model-versions/get",
    )
    experiment = ("GET mlflow/experiments/get-by-name", "GET mlflow/experiments/get")
    create = ("GET mlflow/registered-models/search", "POST mlflow/registered-models/create")
    alias = ("GET mlflow/runs/get", "POST mlflow/registered-models/alias", "GET mlflow/registered-models/alias")
    describe = (
        "PATCH mlflow/registered-models/update",
        "POST mlflow/registered-models/set-tag",
        "GET mlflow/registered-models/get",
    )
    useful, better = f"an {METRIC} that is of use, on held-out data", f"an {METRIC} no lower than that of version 1"
    told = "the description and tags that were written"
    both = "both versions in a search, each with its run, tags and metrics"
    return [
        _Stage("train-1", "Training version 1 on real data", useful, partial(day.train, 1), writes=False),
        _Stage("log-1", "Logging run 1", logged, partial(day.log, 1), (*experiment, *log)),
        _Stage("register-1", "Registering version 1", ready, partial(day.register, 1), (*create, *register)),
        _Stage("train-2", "Training version 2 to be better", better, partial(day.train, 2), writes=False),
        _Stage("log-2", "Logging run 2", logged, partial(day.log, 2), log),
        _Stage("register-2", "Registering version 2", ready, partial(day.register, 2), register),
        _Stage("alias", f"The alias '{ALIAS}'", "the alias on the better version", day.promote, alias),
        _Stage("describe", "The model's description", told, day.describe, describe),
        _Stage(
            "compare",
            "Comparing the versions",
            both,
            day.compare,
            ("GET mlflow/model-versions/search", "GET mlflow/runs/get"),
            writes=False,
        ),
    ]


def _fetch(context: SuiteContext, day: ThirdPartyDay) -> _Stage:
    return _Stage(
        "fetch",
        "The model, fetched by its alias",
        "files byte for byte as sent, for another key, that load and predict the same",
        day.fetch,
        (
            "GET mlflow/registered-models/alias",
            "GET mlflow-artifacts/artifacts",
            "GET mlflow-artifacts/artifacts/…",
        ),
        writes=False,
        skip=None if context.target.mlflow.reader_key else "the target names no second key (mlflow.reader_key)",
    )


def _stage_check(context: SuiteContext, day: ThirdPartyDay, stage: _Stage, after: tuple[str, ...]) -> Check:
    mlflow = context.target.mlflow
    asked = [request.split(" ") for request in stage.requests]
    return Check(
        id=f"{SUITE}.{stage.aspect}",
        suite=SUITE,
        subject=stage.subject,
        run=day.measured(stage.aspect, stage.expected, stage.step),
        after=after,
        timeout_s=COLD_IMPORT_S + mlflow.registration_budget_s,
        host=urlsplit(mlflow.api_url).hostname if stage.requests else None,
        service=mlflow.service if stage.requests else None,
        writes=stage.writes,
        requests=tuple(f"{method} {mlflow.api_url}/api/2.0/{resource}" for method, resource in asked),
        skip=stage.skip,
    )


def _serving_check(context: SuiteContext, day: ThirdPartyDay, after: str) -> Check:
    url = serving_url(context, day.model_name)

    def ask(attempt: Attempt) -> Outcome:
        trained = day.champion.trained
        return ask_served_model(context, attempt, url or "", trained.sample.tolist(), trained.predictions.tolist())

    return Check(
        id=f"{SUITE}.serving",
        suite=SUITE,
        subject="The model behind the serving endpoint",
        run=ask,
        after=(after,),
        host=urlsplit(url).hostname if url else None,
        requests=(f"POST {url}",) if url else (),
        skip=None if url else "the target names no free serving endpoint",
    )
