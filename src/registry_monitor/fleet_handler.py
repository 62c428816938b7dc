"""The function that rolls up a fleet: its state machine calls it when all targets have been visited."""

import os
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from registry_monitor.fleet.document import FLEET, FleetDocument
from registry_monitor.fleet.merging import rolled_up
from registry_monitor.fleet.problems import paging, problems_of
from registry_monitor.fleet.visits import VisitState
from registry_monitor.model import Depth, Document
from registry_monitor.outputs.fleet_metrics import emit_fleet
from registry_monitor.outputs.fleet_store import FleetStore, FleetStoreError
from registry_monitor.outputs.notices import NoticeError, NoticeTopic
from registry_monitor.outputs.state_store import StateStore, remake
from registry_monitor.reports.fleet import broken_file_notice, fleet_pages

logger = Logger(service="registry-monitor")
metrics = Metrics(namespace="RegistryMonitor", service="registry-monitor")


class RollUp(Document):
    """The event. ``manifest``: the key of what ResultWriter wrote; ``started_at``: when the execution began."""

    fleet: str
    depth: Depth
    manifest: str
    started_at: datetime


class FleetError(Exception):
    """The fleet is rolled up, and something of it could not be told: all that went wrong."""


def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Roll up one execution; how many targets there are, by state, and for how many things on-call is woken.

    Raises ValidationError for an event that is none, FleetStoreError where the runs cannot be read, StateError where
    the document cannot be written, and at the end FleetError where a page or a notice could not be.
    """
    asked = RollUp.model_validate(event)
    store = FleetStore(os.environ["MONITOR_REPORTS_BUCKET"], os.environ["AWS_REGION"])
    manifest, visits = store.manifest(), store.visits(asked.manifest)

    def after(known: FleetDocument | None) -> FleetDocument:
        before = (known or FleetDocument()).model_copy(update={"fleet": asked.fleet})
        return rolled_up(before, manifest, visits, asked.depth, asked.started_at)

    document = remake(store.latest, FLEET, FleetDocument, after)
    problems = problems_of(document)
    emit_fleet(document, problems, metrics)
    failed = [*_tell_broken_files(store.latest, document, os.environ["MONITOR_TICKET_TOPIC_ARN"])]
    failed += _write_pages(store, document)
    counts = {state.value: len(document.of_state(state)) for state in VisitState}
    logger.info("fleet rolled up", extra={"depth": asked.depth, **counts})
    if failed:
        raise FleetError("\n".join(failed))
    return {"targets": len(document.targets), "states": counts, "paging": paging(document, problems)}


def _tell_broken_files(store: StateStore, document: FleetDocument, topic: str) -> list[str]:
    """Tell the team of each file that is broken otherwise than it was when they were last told; what failed of it."""
    broken, failed = document.broken_files, []
    told = {name: lines for name, lines in document.told_files.items() if name in broken}
    for name, lines in broken.items():
        if told.get(name) != lines:
            try:
                NoticeTopic(topic).publish(broken_file_notice(name, lines, document.fleet))
                told[name] = lines
            except NoticeError as error:
                failed.append(str(error))  # the next roll-up tells it
    if told != document.told_files:
        remake(store, FLEET, FleetDocument, lambda known: (known or document).model_copy(update={"told_files": told}))
    return failed


def _write_pages(store: FleetStore, document: FleetDocument) -> list[str]:
    """Write the pages; what could not be written."""
    failed = []
    for name, page in fleet_pages(document).items():
        try:
            store.write_page(name, page)
        except FleetStoreError as error:
            failed.append(str(error))
    return failed
