"""Names of a target file that must be unique and are not, or that name nothing.

Judged on the raw file, whatever its schema says of it, so that all problems are told at once.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from registry_monitor.target.problems import Problem, line_of

type Place = tuple[tuple[str, ...], object]  # where in the file, and the value that stands there

_UNIQUE = (
    "services.*.role",
    "services.*.name",
    "load_balancers.*.name",
    "load_balancers.*.routes.*.id",
    "endpoints.*.id",
    "calls.*.id",
    "authentication.headers.*.id",
    "authentication.places.*.id",
    "mlflow.routes.*.id",
)
_ROLES, _KEYS, _HEADERS = "services.*.role", "keys.names.*", "authentication.headers.*.id"
_REFERENCES = {
    "endpoints.*.service": _ROLES,
    "endpoints.*.key": _KEYS,
    "calls.*.caller": _ROLES,
    "calls.*.callee": _ROLES,
    "calls.*.key": _KEYS,
    "load_balancers.*.routes.*.service": _ROLES,
    "services.*.probe.key": _KEYS,
    "keys.monitor": _KEYS,
    "authentication.service": _ROLES,
    "authentication.places.*.service": _ROLES,
    "authentication.places.*.key": _KEYS,
    "authentication.places.*.takes.*": _HEADERS,
    "authentication.first_header_wins.*": _HEADERS,
    "authentication.keys.*.key": _KEYS,
    "authentication.consistent_keys.*": _KEYS,
    "mlflow.service": _ROLES,
    "mlflow.proxy": _ROLES,
    "mlflow.reader_key": _KEYS,
    "mlflow.host_check.key": _KEYS,
    "redis.service": _ROLES,
    "redis.user.password_key": _KEYS,
    "closed_to_monitor.*": _ROLES,
    "expected_down.*.services.*": _ROLES,
}
_ALSO_CLOSED = ("redis", "database")  # what may be closed to the monitor besides services


def broken_references(document: dict[Any, Any], root: yaml.Node) -> Iterator[Problem]:
    """Every name that stands twice, and every reference that names nothing."""

    def problem(location: tuple[str, ...], message: str) -> Problem:
        return Problem(line_of(root, location), ".".join(location), message)

    for path in _UNIQUE:
        values: list[object] = []
        for location, value in places(document, path):
            if value in values:
                yield problem(location, f"'{value}' stands more than once, expected once")
            values.append(value)
    for path, named in _REFERENCES.items():
        known = [value for _, value in places(document, named)]
        if path.startswith("closed_to_monitor"):
            known.extend(_ALSO_CLOSED)
        if named == _KEYS and not known:
            continue  # told by the schema already
        for location, value in places(document, path):
            if value not in known:
                yield problem(location, f"got '{value}'; expected one of: {', '.join(map(str, known))}")


def places(document: object, path: str) -> list[Place]:
    """All values at a path such as ``endpoints.*.key``; what is absent or null is not among them."""
    found: list[Place] = [((), document)]
    for part in path.split("."):
        deeper: list[Place] = []
        for location, value in found:
            if part == "*" and isinstance(value, list):
                deeper.extend(((*location, str(index)), item) for index, item in enumerate(value))
            elif part != "*" and isinstance(value, dict) and value.get(part) is not None:
                deeper.append(((*location, part), value[part]))
        found = deeper
    return found
