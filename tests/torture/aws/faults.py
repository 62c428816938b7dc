"""What can be wrong with an answer of AWS, in each of its protocols."""

import json
import random
import socket
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import botocore.session
from botocore.exceptions import DataNotFoundError
from botocore.model import ListShape, StructureShape

from tests.sandbox.aws.calls import Call, boto3_name
from tests.sandbox.aws.error_answers import internal, throttled, unavailable
from tests.torture.aws.layer import Exchange, Spoil

_SILENT_S = 6.0  # longer than the monitor waits for an answer of AWS (4 s)
_HTML = b"<html><head><title>Proxy</title></head><body>Please log in.</body></html>"
_OTHER_TYPES = "other types"
_MIXED = ("throttled", "error 500", "error 503", "dropped", "empty", "html", "truncated", "null", _OTHER_TYPES)
_SPOILT_IN_A_HUNDRED = 30


def _error(made: Callable[[Call], tuple[str, str, bytes]]) -> Spoil:
    return lambda exchange: exchange.answer(*made(exchange.call))


def _silent(exchange: Exchange) -> None:
    threading.Event().wait(_SILENT_S)
    _dropped(exchange)


def _dropped(exchange: Exchange) -> NoReturn:
    """Close without an answer; the server takes the error for a lost client."""
    exchange.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


def _empty(exchange: Exchange) -> None:
    exchange.body = b""


def _html(exchange: Exchange) -> None:
    exchange.answer("200 OK", "text/html", _HTML)


def _truncated(exchange: Exchange) -> None:
    exchange.body = exchange.body[: len(exchange.body) // 2]


def _null(exchange: Exchange) -> None:
    exchange.body = b"null" if exchange.call.protocol == "json" else b"<null/>"


def _other_types(exchange: Exchange) -> None:
    """Each field of the answer is a number. For JSON alone: in XML all is text, and other words are other things."""
    exchange.body = json.dumps(dict.fromkeys(json.loads(exchange.body or b"{}"), 7)).encode()


def _without(keep: Callable[[list[Any]], list[Any]]) -> Spoil:
    """A first answer from before: its lists lack what is there by now. Each later one is right."""

    def spoil(exchange: Exchange) -> None:
        if exchange.number > 1:
            return
        shape = exchange.call.model.output_shape
        lists = {name: each for name, each in shape.members.items() if isinstance(each, ListShape)} if shape else {}
        if exchange.call.protocol == "json":
            body = json.loads(exchange.body)
            exchange.body = json.dumps(
                body | {name: keep(body[name]) for name in lists if isinstance(body.get(name), list)}
            ).encode()
            return
        root, result = _result(exchange)
        for name, each in lists.items():
            _thin_out(result, str(each.serialization.get("name", name)), keep)
        exchange.body = ET.tostring(root)

    return spoil


def _missing(exchange: Exchange) -> None:
    """ECS at first knows nothing of what it is asked for."""
    if exchange.number > 1:
        return
    asked = next((value for value in exchange.call.parameters.values() if isinstance(value, list)), [])
    failures = [{"arn": each, "reason": "MISSING"} for each in asked]
    exchange.body = json.dumps({"services": [], "tasks": [], "failures": failures}).encode()


def _next_page(token: Callable[[Exchange], str | None]) -> Spoil:
    """Every page says that there is one more, under this token; the pages after the first are like the first."""
    first: dict[str, bytes] = {}  # by what is asked: the lists of several services are read side by side
    given: list[str] = []

    def spoil(exchange: Exchange) -> None:
        asked = {name: value for name, value in exchange.call.parameters.items() if value not in given}
        body = first.setdefault(f"{exchange.call.operation} {asked}", exchange.body)
        if (told := token(exchange)) is not None:
            given.append(told)
            exchange.status, exchange.body = "200 OK", _with_token(exchange.call, body, told)

    return spoil


def _with_token(call: Call, body: bytes, token: str) -> bytes:
    names = page_tokens(call)
    if call.protocol == "json":
        return json.dumps(json.loads(body) | dict.fromkeys(names, token)).encode()
    exchange = Exchange(call, {}, 1, body=body)
    root, result = _result(exchange)
    space = result.tag.rpartition("}")[0]
    for name in ("IsTruncated", *names):
        for old in [each for each in result if each.tag.rpartition("}")[2].lower() == name.lower()]:
            result.remove(old)
        tag = f"{space}}}{name}" if space else name
        ET.SubElement(result, tag).text = "true" if name == "IsTruncated" else token
    return ET.tostring(root)


def page_tokens(call: Call) -> tuple[str, ...]:
    """The fields in which an answer names the page after it; none where the operation has no pages."""
    try:
        pages = botocore.session.get_session().get_paginator_model(boto3_name(call.service))
        told = pages.get_paginator(call.operation)["output_token"]
    except (ValueError, DataNotFoundError):  # no pages of this operation, or of the whole service
        return ()
    members = call.model.output_shape.members if call.model.output_shape else {}
    names = [each.partition(" ||")[0] for each in ([told] if isinstance(told, str) else told)]
    return tuple(str(members[name].serialization.get("name", name)) for name in names if name in members)


def _result(exchange: Exchange) -> tuple[ET.Element, ET.Element]:
    """The root of an answer in XML, and the element that holds its fields."""
    root = ET.fromstring(exchange.body)
    shape: StructureShape | None = exchange.call.model.output_shape
    wrapper = shape.serialization.get("resultWrapper") if shape else None
    found = [each for each in root if each.tag.rpartition("}")[2] == wrapper]
    return root, found[0] if found else root


def _thin_out(result: ET.Element, name: str, keep: Callable[[list[Any]], list[Any]]) -> None:
    for field in [each for each in result if each.tag.rpartition("}")[2] == name]:
        kept = keep(list(field))
        for part in [each for each in field if each not in kept]:
            field.remove(part)


def mixed(seed: int) -> Callable[[Call], Spoil | None]:
    """A part of all calls is spoilt, each in a way of its own; the same seed, the same dice."""
    dice = random.Random(seed)

    def choose(call: Call) -> Spoil | None:
        drawn, name = dice.randrange(100), dice.choice(_MIXED)
        return FAULTS[name] if drawn < _SPOILT_IN_A_HUNDRED and is_of(call, name) else None

    return choose


def is_of(call: Call, name: str) -> bool:
    """Whether there is such a fault of this operation."""
    return name != _OTHER_TYPES or call.protocol == "json"


def only(operation: str, spoil: Spoil) -> Callable[[Call], Spoil | None]:
    """Spoil one operation (``ecs:DescribeServices``), always."""
    return lambda call: spoil if f"{call.service}:{call.operation}" == operation else None


FAULTS: Mapping[str, Spoil] = {
    "throttled": _error(throttled),
    "error 500": _error(internal),
    "error 503": _error(unavailable),
    "dropped": _dropped,
    "silent": _silent,
    "empty": _empty,
    "html": _html,
    "truncated": _truncated,
    "null": _null,
    _OTHER_TYPES: _other_types,
    "from before, empty": _without(lambda items: []),
    "from before, one less": _without(lambda items: items[:-1]),
    "from before, missing": _missing,
}
PAGE_FAULTS: Mapping[str, Callable[[], Spoil]] = {
    "next page is the same": lambda: _next_page(lambda exchange: "again"),
    "pages without end": lambda: _next_page(lambda exchange: f"page-{exchange.number}"),
    "next page leads to nothing": lambda: _next_page(lambda exchange: "lost" if exchange.number == 1 else None),
}
