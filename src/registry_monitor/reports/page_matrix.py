"""Which layer of which service is well: one row for each service, one cell for each layer between a user and an answer.

A cell counts the checks that ask about its layer; it says nothing where none did. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from registry_monitor.model import Result, Status
from registry_monitor.reports.findings import Findings
from registry_monitor.run import Run, WatchedTarget


class Layer(StrEnum):
    """From the name that a user types to what a service itself asks, in the order in which a request meets them."""

    DNS = "DNS"
    TLS = "TLS"
    RULE = "Rule"
    TARGETS = "Targets"
    TASKS = "Tasks"
    APPLICATION = "Application"
    DEPENDENCIES = "Dependencies"


class CellState(StrEnum):
    """A layer in one word, the worst first."""

    FAILS = "fails"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    WEAK = "weak"  # right, but slow or only when asked again
    WORKS = "works"
    NOT_ASKED = "not asked"


_STATES = {
    Status.FAIL: CellState.FAILS,
    Status.BLOCKED: CellState.BLOCKED,
    Status.UNKNOWN: CellState.UNKNOWN,
    Status.FLAKY: CellState.WEAK,
    Status.SLOW: CellState.WEAK,
    Status.PASS: CellState.WORKS,
}
_OF_NAME = {"dns": Layer.DNS, "tls": Layer.TLS, "certificate": Layer.TLS}
_OF_BALANCER = ("load-balancer", "listener")
_STORES = ("redis", "database", "bucket")
_FACTS = {  # by the last part of an id, where AWS or a task itself was asked
    "discovery": Layer.DNS,
    "targets": Layer.TARGETS,
    "registered": Layer.TARGETS,
    "exists": Layer.TASKS,
    "running": Layer.TASKS,
    "rollout": Layer.TASKS,
    "deployed": Layer.TASKS,
    "accepts": Layer.TASKS,
    "memory": Layer.TASKS,
}


@dataclass(frozen=True)
class Cell:
    """One layer of one service. ``causes``: where in the list of causes those stand that its failures are put down to.

    ``first``: the first check that did not pass, as a sentence.
    """

    layer: Layer
    state: CellState
    passed: int
    asked: int
    causes: tuple[int, ...]
    first: str | None


@dataclass(frozen=True)
class MatrixRow:
    """One service."""

    role: str
    name: str
    cells: tuple[Cell, ...]


def service_matrix(run: Run) -> tuple[MatrixRow, ...]:
    """One row for each service of the target, in the target's order."""
    asked: dict[tuple[str, Layer], list[Result]] = {}
    for result in run.results:
        if result.status is not Status.SKIPPED:
            for place in _places(result, run.target):
                asked.setdefault(place, []).append(result)
    explains = [frozenset(cause.explains) for cause in Findings.of(run).causes]
    return tuple(
        MatrixRow(
            role=service.role,
            name=service.name,
            cells=tuple(_cell(layer, asked.get((service.role, layer), []), explains) for layer in Layer),
        )
        for service in run.target.services
    )


def _cell(layer: Layer, results: list[Result], explains: list[frozenset[str]]) -> Cell:
    states = {_STATES[result.status] for result in results}
    wrong = [result for result in results if result.status.is_not_passed]
    return Cell(
        layer=layer,
        state=next((state for state in CellState if state in states), CellState.NOT_ASKED),
        passed=sum(result.status.is_passed for result in results),
        asked=len(results),
        causes=tuple(
            number
            for number, checks in enumerate(explains, start=1)
            if any(result.check_id in checks for result in wrong)
        ),
        first=wrong[0].sentence if wrong else None,
    )


def _places(result: Result, target: WatchedTarget) -> Iterator[tuple[str, Layer]]:
    """The services and layers that a check is about; several services may share a name or a store."""
    family, _, subject = result.check_id.partition(".")[2].partition(".")
    fact = result.check_id.rpartition(".")[2]  # of service.auth.running: running
    store = subject.partition(".")[0] if family == "headroom" else family
    if family in _OF_NAME:
        yield from ((role, _OF_NAME[family]) for role in _roles_of_host(subject, target))
    elif family in _OF_BALANCER:
        yield from ((role, Layer.RULE) for role in _roles_of_balancer(subject, target))
    elif result.service is None:
        yield from ((role, Layer.DEPENDENCIES) for role in _roles_of_store(store, target))
    elif family == "route":
        yield result.service, Layer.RULE
    elif family == "call":
        yield result.service, Layer.DEPENDENCIES
    else:
        yield result.service, _FACTS.get(fact, Layer.APPLICATION)


def _roles_of_host(host: str, target: WatchedTarget) -> list[str]:
    routed = {
        route.service
        for balancer in target.load_balancers
        for route in balancer.routes
        if urlsplit(route.url).hostname == host
    }
    return [each.role for each in target.services if each.public_host == host or each.role in routed]


def _roles_of_balancer(name: str, target: WatchedTarget) -> list[str]:
    routed = {route.service for balancer in target.load_balancers if balancer.name == name for route in balancer.routes}
    return [each.role for each in target.services if each.role in routed]


def _roles_of_store(store: str, target: WatchedTarget) -> list[str]:
    """Redis is one service's, the database and the bucket are MLflow's."""
    if store not in _STORES:
        return []
    user = target.redis_service if store == "redis" else target.mlflow and target.mlflow.service
    return [user] if user else []
