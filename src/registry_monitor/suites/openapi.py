"""Compares the paths that a service documents (OpenAPI) with those that the target file asks or rules out. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import JsonValue

from registry_monitor.target import Endpoint, Unprobed

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")  # OpenAPI 3.1, Path Item Object
_UNTOLD_METHODS = ("head", "options")  # answered beside others, and seldom documented
_PARAMETER = re.compile(r"\{[^{}]*\}")
_NOT_FOUND = 404
_BLOCKS = (
    "it blocks the platform's event loop: only health_endpoints asks it, when all is well and the target allows it"
)


class OpenApiError(Exception):
    """A document that is none; the text is a clause: "has no paths"."""


@dataclass(frozen=True)
class Documented:
    """One documented path, as requests have it: below the base path of the document's server."""

    path: str
    methods: tuple[str, ...]

    @property
    def told(self) -> str:
        """For people: "GET, POST /models"."""
        return f"{', '.join(self.methods).upper()} {self.path}".lstrip()


@dataclass(frozen=True)
class Coverage:
    """What is asked of what is documented. ``excluded``: path and reason. ``undocumented``: requests of the target."""

    documented: tuple[Documented, ...]
    tested: tuple[Documented, ...]
    excluded: tuple[tuple[Documented, str], ...]
    not_in_target: tuple[Documented, ...]
    undocumented: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For people: "tested 18 of 23 documented paths"."""
        return f"tested {len(self.tested)} of {len(self.documented)} documented paths"


def documented_paths(document: JsonValue) -> tuple[Documented, ...]:
    """The paths of an OpenAPI document. Raises OpenApiError where it is none."""
    if not isinstance(document, dict) or not isinstance(document.get("openapi"), str):
        raise OpenApiError("is no OpenAPI document: it has no 'openapi' with a version")
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise OpenApiError("is an OpenAPI document without paths")
    base = _base_path(document)
    return tuple(
        Documented(base + path, tuple(name for name in _METHODS if isinstance(item, dict) and name in item))
        for path, item in paths.items()
    )


def compare(documented: Sequence[Documented], endpoints: Iterable[Endpoint], unprobed: Iterable[Unprobed]) -> Coverage:
    """Compare with the public endpoints of the same service; a path that is ruled out counts as excluded only."""
    reasons: dict[Documented, str] = {}
    for rule in unprobed:
        for each in _ruled_out(rule.path, documented):
            reasons.setdefault(each, rule.reason)
    asked: set[Documented] = set()
    undocumented: list[str] = []
    blocking: dict[Documented, str] = {}
    for endpoint in endpoints:
        path = urlsplit(endpoint.url).path or "/"
        found = _best_match(path, documented)
        if found is None or endpoint.method.lower() not in (*found.methods, *_UNTOLD_METHODS):
            if endpoint.expect.status != _NOT_FOUND:  # what does not exist is rightly not documented
                undocumented.append(f"{endpoint.method} {path}")
        elif endpoint.blocks_event_loop:
            blocking[found] = _BLOCKS
        else:
            asked.add(found)
    excluded = {each: reason for each, reason in blocking.items() if each not in asked} | reasons
    return Coverage(
        documented=tuple(documented),
        tested=tuple(each for each in documented if each in asked and each not in excluded),
        excluded=tuple((each, excluded[each]) for each in documented if each in excluded),
        not_in_target=tuple(each for each in documented if each not in asked and each not in excluded),
        undocumented=tuple(dict.fromkeys(undocumented)),
    )


def _base_path(document: dict[str, JsonValue]) -> str:
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, dict) else None
    try:
        return urlsplit(url).path.rstrip("/") if isinstance(url, str) else ""
    except ValueError:
        raise OpenApiError("is an OpenAPI document whose server has no URL") from None


def _ruled_out(path: str, documented: Sequence[Documented]) -> list[Documented]:
    """The documented paths that a template of the target file stands for, or else the one that stands for it."""
    found = [each for each in documented if re.fullmatch(_segmentwise(path), each.path)]
    best = None if found else _best_match(path, documented)
    return found if best is None else [best]


def _best_match(path: str, documented: Sequence[Documented]) -> Documented | None:
    """The documented path that a request's path belongs to: the literal one, else the template with least freedom.

    A parameter stands for one segment (OpenAPI); one at the very end may also stand for the rest, since FastAPI
    documents its ``{name:path}`` as ``{name}``.
    """
    for pattern_of in (_literal, _segmentwise, _to_the_end):
        for each in sorted(documented, key=lambda each: (each.path.count("{"), -len(each.path))):
            if re.fullmatch(pattern_of(each.path), path):
                return each
    return None


def _literal(template: str) -> str:
    return re.escape(template)


def _segmentwise(template: str) -> str:
    return "[^/]+".join(re.escape(part) for part in _PARAMETER.split(template))


def _to_the_end(template: str) -> str:
    before, found, after = template.rpartition("/{")
    if not found or not _PARAMETER.fullmatch("{" + after):
        return _segmentwise(template)
    return f"{_segmentwise(before)}/.*"
