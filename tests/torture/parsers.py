"""The parsers of what comes from outside, each as a function of bytes that lets no documented error out."""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from registry_monitor.clients.http import Answer
from registry_monitor.inventory.parsing import secrecy
from registry_monitor.invocation import InvocationError, parse_event
from registry_monitor.outputs.full_runs import FullRuns
from registry_monitor.outputs.state_store import StateError as KeptStateError
from registry_monitor.outputs.state_store import Stored, load
from registry_monitor.reports.escaping import json_text, markdown, xml_text
from registry_monitor.state.history_documents import HISTORY, HistoryDocument
from registry_monitor.state.incidents import INCIDENTS, IncidentsDocument
from registry_monitor.suites.expecting import difference
from registry_monitor.target import Expectation, TargetError, parse_target
from registry_monitor.terraform import TerraformMapError, parse_map
from registry_monitor.terraform.json_stream import JsonError
from registry_monitor.terraform.states import StateError, shown_resources, state_resources


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _event(data: bytes) -> None:
    with suppress(InvocationError, ValueError):
        parse_event(Answer("", 200, {}, data, False, 0.0).json())


def _target_file(data: bytes) -> None:
    with suppress(TargetError):
        parse_target(_text(data), "fuzzed.yaml")


def _answer(data: bytes) -> None:
    kinds = ("application/json", "text/html", "text/plain")
    answer = Answer("", 200, {"Content-Type": kinds[len(data) % 3]}, data, False, 0.0)
    answer.describe()
    difference(answer, Expectation(json={"status": "ok"}, text="o"))
    json_text(answer.evidence())


def _map(data: bytes) -> None:
    with suppress(TerraformMapError):
        parse_map(_text(data))


def _states(data: bytes) -> None:
    for read in (shown_resources, state_resources):
        with suppress(StateError, JsonError):
            list(read(io.StringIO(_text(data))))


def _setting(data: bytes) -> None:
    text = _text(data)
    secrecy.redact(text)
    secrecy.variable("family", "NAME", text)
    secrecy.command(text.split(" "))


class _Shelf:
    """A store with one document, the same under each name."""

    def __init__(self, text: str) -> None:
        self.read = lambda name: Stored(text, '"1"')
        self.head = lambda name: None
        self.write = lambda name, text, over, notes: True


def _stored(data: bytes) -> None:
    shelf = _Shelf(_text(data))
    for name, kind in ((INCIDENTS, IncidentsDocument), (HISTORY, HistoryDocument)):
        with suppress(KeptStateError):
            load(shelf, name, kind)


def _beginning(data: bytes) -> None:
    FullRuns(_Shelf(_text(data))).begin(datetime.now(UTC))


def _escaping(data: bytes) -> None:
    text = _text(data)
    markdown(text)
    xml_text(text)


PARSERS: Mapping[str, Callable[[bytes], None]] = {
    "event": _event,
    "target file": _target_file,
    "answer": _answer,
    "Terraform map": _map,
    "Terraform states": _states,
    "setting of a container": _setting,
    "stored documents": _stored,
    "beginning of a full run": _beginning,
    "text in a report": _escaping,
}
