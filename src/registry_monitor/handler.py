"""The Lambda function: reads like a table of contents."""

import os
import time
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from registry_monitor.deployment import deployment_of, is_covered, is_of_no_service
from registry_monitor.inventory.secrets import read_keys
from registry_monitor.invocation import Invocation, parse_event
from registry_monitor.memory import memory_of
from registry_monitor.model import ROUTINE, Depth
from registry_monitor.monitor import Surroundings, monitor
from registry_monitor.outputs.full_runs import FullRuns
from registry_monitor.outputs.metrics import emit
from registry_monitor.outputs.objects import is_kept, publish
from registry_monitor.outputs.standing import KeptStanding, StandingStore
from registry_monitor.outputs.state_store import S3StateStore, StateError
from registry_monitor.redaction import Redactor
from registry_monitor.reports import render, render_run_alone
from registry_monitor.run import Run
from registry_monitor.standing import stands_after
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.target import Target, load_target

RESERVE_S = 21.0  # of the function's time, for what comes after: S3 may hang for 6 s of state and 13 s of reports
LIGHT_RUN_S = 24.0  # with the reserve, a light run ends within 45 s whatever hangs

logger = Logger(service="registry-monitor")
metrics = Metrics(namespace="RegistryMonitor", service="registry-monitor")


def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Make one run and publish it. A failing platform is an answer; only the monitor's own failure raises.

    The answer to a deployment that needs no run is a note: ``{"note": why}``.

    Raises InvocationError, TargetError or EnvironmentVariableError before anything runs, PublishError when the run
    could not be published, StateError when what is kept between runs could not be read, written or told.
    """
    began = time.monotonic()
    invocation = parse_event(event)
    bucket = _required("MONITOR_REPORTS_BUCKET", "the name of the bucket for the reports")
    name = invocation.target or _required("MONITOR_TARGET", "a packaged target's name or the path of a target file")
    target = load_target(name)
    time_s = _time_for(invocation, context)
    if note := _why_no_run(event, invocation, target, bucket):
        logger.info(note)
        return {"note": note}
    store = StandingStore(S3StateStore(bucket, target.name, target.region))
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
        bucket,
        topic=os.environ.get("MONITOR_NOTICE_TOPIC_ARN"),
        page_alarm=os.environ.get("MONITOR_PAGE_ALARM"),
        has_links=os.environ.get("MONITOR_PRESIGNED_LINKS") == "yes",
    )
    run = memory.with_standing(monitor(invocation, target, surroundings))
    answer: dict[str, Any] = {}
    try:
        answer = publish_everywhere(run, bucket, memory.history, store, kept)
    finally:
        memory.tell(run, answer.get("report"))
    if memory.problems:
        raise StateError("\n".join(memory.problems))
    return answer


def publish_everywhere(
    run: Run, bucket: str, history: HistoryDocument | None, store: StandingStore, kept: KeptStanding
) -> dict[str, Any]:
    """Metrics, the verdict that stands and reports, each whatever becomes of the others; then the answer."""
    try:
        emit(run, metrics, stands_after(kept.standing, run))
        if problem := store.write_after(kept, run):
            logger.error("the verdict is not kept", extra={"reason": problem})
    finally:
        try:
            documents = render(run, history) if is_kept(run) else {}
        except Exception:  # a defect of a report must not lose the run: then its own alarm rings
            publish(run, render_run_alone(run), bucket)
            raise
        report = publish(run, documents, bucket, history=history)
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


def _why_no_run(event: object, invocation: Invocation, target: Target, bucket: str) -> str | None:
    """Why a deployment needs no run: it is none of the target's, or a full run has begun since it ended."""
    deployment = deployment_of(event)
    if deployment and (note := is_of_no_service(deployment, target)):
        return note
    if not invocation.is_whole or invocation.reason not in ROUTINE:
        return None
    ended_at = deployment.ended_at if deployment else None
    began_at = FullRuns(S3StateStore(bucket, target.name, target.region)).begin(
        datetime.now(UTC), unless_since=ended_at
    )
    return is_covered(deployment, began_at) if deployment and began_at else None


class EnvironmentVariableError(Exception):
    """The function was deployed without a variable that it needs."""


def _required(variable: str, meaning: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise EnvironmentVariableError(f"the environment variable {variable} is not set; expected {meaning}")
    return value


def _time_for(invocation: Invocation, context: LambdaContext) -> float:
    whole_s = context.get_remaining_time_in_millis() / 1000
    run_s = whole_s - min(RESERVE_S, whole_s / 2)
    return min(run_s, LIGHT_RUN_S) if invocation.depth is Depth.LIGHT else run_s
