"""The scripts that the monitor replaces, on the same platform: nine of them, one after another.

As the seeds have them: each check is one request with a connection of its own and 10 s for an answer, and a second
passes between two scripts. Nobody waits here for a request that gets no answer: its 10 s are added.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

import requests

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.invocation import parse_event
from registry_monitor.keyring import KeysError
from registry_monitor.monitor import Surroundings, list_checks, suite_context
from registry_monitor.redaction import Redactor
from registry_monitor.target import Target

TIMEOUT_S = 10.0
PAUSE_S = 1.0
_PATIENCE_S = 3.0  # more than any answer of the sandbox takes
_REQUEST = re.compile(r"([A-Z]+) (https?://\S+)")


@dataclass(frozen=True)
class Legacy:
    """One pass of all scripts: how long, how many requests, and how many of them got no answer."""

    seconds: float
    requests: int
    unanswered: int


def legacy_pass(target: Target, key: str, ca_bundle: str) -> Legacy:
    """Ask what a full run asks by HTTP, in the old way; with ``key``, and without changing anything."""
    connect_to(target.connect_to)
    try:
        began = time.monotonic()
        scripts = list(_scripts(target))
        answered = [_is_answered(method, url, key, ca_bundle) for script in scripts for method, url in script]
        asking_s = time.monotonic() - began
    finally:
        connect_to({})
    unanswered = answered.count(False)
    waiting_s = unanswered * (TIMEOUT_S - _PATIENCE_S) + PAUSE_S * (len(scripts) - 1)
    return Legacy(asking_s + waiting_s, len(answered), unanswered)


def _scripts(target: Target) -> Iterable[list[tuple[str, str]]]:
    """The requests of each suite, in their order; those that write are asked as they are read."""
    surroundings = Surroundings(time_s=0, is_inside_vpc=True, fetch_keys=_no_keys, redactor=Redactor())
    invocation = parse_event({"depth": "full"})
    checks = list_checks(invocation, suite_context("legacy", target, InventoryReader(target), surroundings))
    for suite in invocation.suites:
        found = [_REQUEST.match(each) for check in checks if check.suite is suite for each in check.requests]
        yield [(match[1], match[2]) for match in found if match]


def _is_answered(method: str, url: str, key: str, ca_bundle: str) -> bool:
    headers = {"Authorization": f"Bearer {key}"}
    asked = "HEAD" if method == "HEAD" else "GET"
    try:
        requests.request(asked, url, headers=headers, timeout=_PATIENCE_S, verify=ca_bundle)
    except requests.Timeout:
        return False
    except requests.RequestException:
        return True  # an answer of a kind, at once
    return True


def _no_keys(force: bool) -> dict[str, str]:
    raise KeysError("the scripts' requests are made without a key")
