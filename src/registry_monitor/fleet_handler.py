"""The function that rolls up a fleet: its state machine calls it when all targets have been visited."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from registry_monitor.fleet.document import FLEET, FleetDocument, ManifestItem
from registry_monitor.fleet.merging import rolled_up
from registry_monitor.fleet.problems import paging, problems_of
from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.model import Depth, Document
from registry_monitor.outputs.fleet_metrics import emit_fleet
from registry_monitor.outputs.fleet_store import FleetStore, FleetStoreError
from registry_monitor.outputs.notices import NoticeError, NoticeTopic
from registry_monitor.outputs.state_store import StateStore, remake
from registry_monitor.reports.fleet import broken_file_notice, broken_files_notice, fleet_pages
from registry_monitor.reports.notice import Notice

logger = Logger(service="registry-monitor")
_MOST_TICKETS = 10  # of one roll-up: what breaks more files at once is one thing, such as a new version of the monitor
metrics = Metrics(namespace="RegistryMonitor", service="registry-monitor")


class RollUp(Document):
    """The event. ``started_at``: when the execution began.

    ``written``: what its map gave: where ResultWriter wrote what came of the runs, or the error of which it failed.
    """

    fleet: str
    depth: Depth
    written: Any
    started_at: datetime


class FleetError(Exception):
    """The fleet is rolled up, and something of it failed or could not be told: all that went wrong."""


def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Roll up one execution; how many targets there are, by state, and for how many things on-call is woken.

    Raises ValidationError for an event that is none, FleetStoreError where the runs cannot be read, StateError where
    the document cannot be read or written, and at the end FleetError where no target was visited, or a page or a
    notice could not be written.
    """
    asked = RollUp.model_validate(event)
    store = FleetStore(os.environ["MONITOR_REPORTS_BUCKET"], os.environ["AWS_REGION"])
    manifest = store.manifest()
    visits, failed = _visits(store, manifest, asked.written)

    def after(known: FleetDocument | None) -> FleetDocument:
        before = (known or FleetDocument()).model_copy(update={"fleet": asked.fleet})
        return rolled_up(before, manifest, visits, asked.depth, asked.started_at)

    document = remake(store.latest, FLEET, FleetDocument, after)
    problems = problems_of(document)
    emit_fleet(document, problems, metrics)
    failed += _write_pages(store, document)
    failed += _tell_broken_files(store.latest, document, os.environ["MONITOR_TICKET_TOPIC_ARN"])
    counts = {state.value: len(document.of_state(state)) for state in VisitState}
    logger.info("fleet rolled up", extra={"depth": asked.depth, **counts})
    if failed:
        raise FleetError("\n".join(failed))
    return {"targets": len(document.targets), "states": counts, "paging": paging(document, problems)}


def _visits(store: FleetStore, manifest: list[ManifestItem], written: object) -> tuple[dict[str, Visit], list[str]]:
    """The visits by target, and what failed of it. Of a map that gave no result each target was not run.

    Of no targets there are no results, whatever Step Functions makes of an empty manifest, and that is well.
    """
    match written:
        case {"ResultWriterDetails": {"Key": str(key)}} if manifest:
            return store.visits(key), []
        case {"Error": error, **more}:
            why = f"Step Functions could not run the targets: {error}: {more.get('Cause', 'no cause')}"
        case _:
            why = "Step Functions says of no place where the results of the targets are"
    return {item.target: Visit.not_run(why) for item in manifest}, [why] if manifest else []


def _tell_broken_files(store: StateStore, document: FleetDocument, topic: str) -> list[str]:
    """Tell the team of each file that is broken otherwise than it was when they were last told; what failed of it.

    It ends with the first notice that fails, as SNS may hang for each; what was told is kept, the next roll-up goes on.
    """
    broken, not_run = document.broken_files, {target.name for target in document.of_state(VisitState.NOT_RUN)}
    # Of others it is forgotten: their file was read, and is mended, or they were withdrawn.
    told = {name: lines for name, lines in document.told_files.items() if name in broken or name in not_run}
    news = {name: lines for name, lines in broken.items() if told.get(name) != lines}
    failed: list[str] = []
    try:
        for names, notice in _notices(news, document.fleet):
            NoticeTopic(topic).publish(notice)
            told |= {name: news[name] for name in names}
    except NoticeError as error:
        failed.append(str(error))
    if told != document.told_files:
        remake(store, FLEET, FleetDocument, lambda known: (known or document).model_copy(update={"told_files": told}))
    return failed


def _notices(news: dict[str, tuple[str, ...]], fleet: str) -> Iterator[tuple[tuple[str, ...], Notice]]:
    """By the targets of which it tells, each notice: one for each file, or one for all where they are many."""
    if len(news) > _MOST_TICKETS:
        yield tuple(news), broken_files_notice(news, fleet)
        return
    for name, lines in news.items():
        yield (name,), broken_file_notice(name, lines, fleet)


def _write_pages(store: FleetStore, document: FleetDocument) -> list[str]:
    """Write the pages; what could not be written."""
    failed = []
    for name, page in fleet_pages(document).items():
        try:
            store.write_page(name, page)
        except FleetStoreError as error:
            failed.append(str(error))
    return failed
