"""The Lambda function: reads like a table of contents."""

from registry_monitor import importing  # first of all

# isort: split

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.deployment import deployment_of, is_covered, is_of_no_service
from registry_monitor.inventory.secrets import read_keys
from registry_monitor.inventory.target_files import find_target
from registry_monitor.invocation import Invocation, parse_event
from registry_monitor.memory import Memory, memory_of
from registry_monitor.model import ROUTINE, Depth
from registry_monitor.monitor import Surroundings, monitor
from registry_monitor.outputs.clients import begin
from registry_monitor.outputs.full_runs import FullRuns
from registry_monitor.outputs.metrics import emit
from registry_monitor.outputs.objects import publish
from registry_monitor.outputs.read_ahead import stores_of
from registry_monitor.outputs.standing import KeptStanding, StandingStore
from registry_monitor.outputs.state_store import StateError, StateStore
from registry_monitor.redaction import Redactor
from registry_monitor.run import Run
from registry_monitor.standing import stands_after
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.target import Target

RESERVE_S = 21.0  # of the function's time, for what comes after: S3 may hang for 6 s of state and 13 s of reports
_SMALLEST_SHARE = 0.2  # of the function's time, for the run: of 30 s the reserve is still whole
LIGHT_RUN_S = 24.0  # with the reserve, a light run ends within 45 s whatever hangs

importing.ended()

logger = Logger(service="registry-monitor")
metrics = Metrics(namespace="RegistryMonitor", service="registry-monitor")


@dataclass(frozen=True)
class Judged:
    """A run that has its verdict, and by what it is told and kept."""

    run: Run
    bucket: str
    memory: Memory
    store: StandingStore
    kept: KeptStanding
    has_metrics: bool


def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Make one run and publish it. A failing platform is an answer; only the monitor's own failure raises.

    The answer to a deployment that needs no run is a note: ``{"note": why}``; that to a fleet is a visit.

    Raises InvocationError, TargetError or EnvironmentVariableError before anything runs, PublishError when the run
    could not be published, StateError when what is kept between runs could not be read, written or told. To a fleet
    nothing is raised: its visit says so.
    """
    invocation = parse_event(event)
    if invocation.critical is None:
        judged = _judge(event, invocation, context)
        return _tell(judged) if isinstance(judged, Judged) else {"note": judged}
    from registry_monitor.fleet.visits import Visit, answered  # noqa: PLC0415 - a run by itself has no fleet

    def visit() -> Visit:
        judged = _judge(event, invocation, context)
        if not isinstance(judged, Judged):
            return Visit.not_run(judged)
        try:
            return Visit.of_run(judged.run, _tell(judged)["report"])
        except Exception as error:  # its verdict is known, whatever becomes of the reports
            logger.exception("the run is judged, and not all of it is published or kept")
            return Visit.of_run(judged.run, None, trouble=error)

    return answered(visit, on_defect=lambda error: logger.exception("the run failed", exc_info=error))


def _judge(event: object, invocation: Invocation, context: LambdaContext) -> Judged | str:
    """The run, judged and not yet told; or why none is needed."""
    began = time.monotonic()
    connect_to({})  # what the last run of this process was led by is not this one's: its target file is read first
    bucket = _required("MONITOR_REPORTS_BUCKET", "the name of the bucket for the reports")
    name = invocation.target or _required("MONITOR_TARGET", "a target's name, or the path of a target file")
    target = find_target(name, os.environ.get("MONITOR_TARGETS"))
    time_s = time_for(invocation.depth, context.get_remaining_time_in_millis() / 1000)
    stores = stores_of(target.name, target.region, bucket, invocation.depth)
    if note := _why_no_run(event, invocation, target, stores.state):
        logger.info(note)
        return note
    store = StandingStore(stores.state)
    kept = store.read() if invocation.reason in ROUTINE else KeptStanding()
    surroundings = Surroundings(
        time_s=time_s - (time.monotonic() - began),
        is_inside_vpc=True,
        fetch_keys=lambda force: read_keys(target, force_fetch=force),
        redactor=Redactor(),
        reports_bucket=bucket,
        memory_mb=int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0")) or None,
        standing=kept.standing,
        note=kept.problem,
    )
    memory = memory_of(
        target,
        stores,
        topic=os.environ.get("MONITOR_NOTICE_TOPIC_ARN") if invocation.speaks_for_itself else None,
        page_alarm=os.environ.get("MONITOR_PAGE_ALARM"),
        has_links=os.environ.get("MONITOR_PRESIGNED_LINKS") == "yes",
    )
    run = memory.with_standing(monitor(invocation, target, surroundings))
    return Judged(run, bucket, memory, store, kept, has_metrics=invocation.speaks_for_itself)


def _tell(judged: Judged) -> dict[str, Any]:
    """Publish a run and tell of it, each whatever becomes of the other; the answer."""
    run, memory = judged.run, judged.memory
    answer: dict[str, Any] = {}
    try:
        answer = publish_everywhere(
            run, judged.bucket, memory.history, judged.store, judged.kept, has_metrics=judged.has_metrics
        )
    finally:
        memory.tell(run, answer.get("report"))
    if memory.problems:
        raise StateError("\n".join(memory.problems))
    return answer


def publish_everywhere(
    run: Run,
    bucket: str,
    history: HistoryDocument | None,
    store: StandingStore,
    kept: KeptStanding,
    *,
    has_metrics: bool = True,
) -> dict[str, Any]:
    """Metrics, the verdict that stands and reports, each whatever becomes of the others; then the answer."""
    with ThreadPoolExecutor(1, "keep the verdict") as beside:
        keeping = beside.submit(_keep_verdict, store, kept, run)
        try:
            if has_metrics:
                emit(run, metrics, stands_after(kept.standing, run))
        finally:
            report = publish(run, bucket, history=history)
    keeping.result()  # a defect there fails the invocation, as one elsewhere does
    answer = {
        "run_id": run.run_id,
        "status": run.verdict,
        "scores": {suite: score.score_pct for suite, score in run.suite_scores.items()},
        "coverage": run.score.coverage_pct,
        "causes": [cause.model_dump(mode="json") for cause in run.causes],
        "unexplained": [symptom.statement for symptom in run.unexplained],
        "report": report,
    }
    short = {key: value for key, value in answer.items() if key not in ("causes", "unexplained")}
    logger.info("run ended", extra=short)
    return answer


def _keep_verdict(store: StandingStore, kept: KeptStanding, run: Run) -> None:
    if problem := store.write_after(kept, run):
        logger.error("the verdict is not kept", extra={"reason": problem})


def _why_no_run(event: object, invocation: Invocation, target: Target, state: StateStore) -> str | None:
    """Why a deployment needs no run: it is none of the target's, or a full run has begun since it ended."""
    deployment = deployment_of(event)
    if deployment and (note := is_of_no_service(deployment, target)):
        return note
    if not invocation.is_whole or invocation.reason not in ROUTINE:
        return None
    began_at = datetime.now(UTC)
    if not deployment or not deployment.ended_at:  # then nothing hangs on the answer, and the run does not wait for it
        begin(partial(FullRuns(state).begin, began_at), "note the full run")
        return None
    covered_by = FullRuns(state).begin(began_at, unless_since=deployment.ended_at)
    return is_covered(deployment, covered_by) if covered_by else None


class EnvironmentVariableError(Exception):
    """The function was deployed without a variable that it needs."""


def _required(variable: str, meaning: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise EnvironmentVariableError(f"the environment variable {variable} is not set; expected {meaning}")
    return value


def time_for(depth: Depth, whole_s: float) -> float:
    """Seconds that a run may take, of those that the function has."""
    run_s = max(whole_s - RESERVE_S, whole_s * _SMALLEST_SHARE)
    return min(run_s, LIGHT_RUN_S) if depth is Depth.LIGHT else run_s
