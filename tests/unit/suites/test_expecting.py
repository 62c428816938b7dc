"""What an answer differs in, and how an expectation is told: tables."""

from typing import Any

import pytest

from registry_monitor.suites.expecting import describe, difference
from registry_monitor.target import Expectation
from tests.unit.suites.known_facts import answer

NUMBER = {"required": ["latency"], "properties": {"latency": {"type": "number"}}}


@pytest.mark.parametrize(
    ("wanted", "body", "differs"),
    [
        ({}, "anything", None),
        ({"text": "Swagger"}, "<b>Swagger</b>", None),
        ({"text": "Swagger"}, "<b>swagger</b>", "a body without 'Swagger'"),
        ({"json": {}}, '{"any": 1}', None),
        ({"json": {}}, "[]", "a body without {}"),
        ({"json": {}}, "<html>", "a body that is no JSON"),
        ({"json": {}}, "", "a body that is no JSON"),
        ({"json": {"status": "ok"}}, '{"status": "ok", "more": 1}', None),
        ({"json": {"status": "ok"}}, '{"status": "degraded"}', 'a body without {"status": "ok"}'),
        ({"json": {"status": "ok"}}, "{}", 'a body without {"status": "ok"}'),
        ({"json": {"error": None}}, '{"error": null}', None),
        ({"json": {"error": None}}, "{}", 'a body without {"error": null}'),
        ({"json": {"info": {"title": "A"}}}, '{"info": {"title": "A", "version": "1"}}', None),
        ({"json": {"info": {"title": "A"}}}, '{"info": {"title": "B"}}', 'a body without {"info": {"title": "A"}}'),
        ({"json": {"info": {"title": "A"}}}, '{"info": "A"}', 'a body without {"info": {"title": "A"}}'),
        ({"json": {"list": [1, 2]}}, '{"list": [1]}', 'a body without {"list": [1, 2]}'),
        ({"body_schema": NUMBER}, '{"latency": 1.5}', None),
        ({"body_schema": NUMBER}, "{}", "a body that does not fit its JSON Schema at $: 'latency'"),
        (
            {"body_schema": NUMBER},
            '{"latency": "fast"}',
            "a body that does not fit its JSON Schema at $.latency: 'fast' is not of type 'number'",
        ),
        ({"json": {}, "body_schema": NUMBER}, "{}", "a body that does not fit its JSON Schema at $: 'latency'"),
    ],
)  # fmt: skip
def test_difference__is_the_first_thing_that_is_not_as_expected(
    wanted: dict[str, Any], body: str, differs: str | None
) -> None:
    """More than is expected is no difference; another kind of body is."""
    seen = difference(answer(200, body), Expectation.model_validate(wanted))
    assert seen == differs or (differs is not None and seen is not None and seen.startswith(differs))


@pytest.mark.parametrize("status", [200, 401, 404, 500])
def test_difference__is_of_the_status_first(status: int) -> None:
    """Of a wrong status the body says nothing more; the same status is no difference, whatever it is."""
    wanted = Expectation.model_validate({"status": 404, "text": "Not Found"})
    expected = None if status == 404 else f"status {status}, not 404"
    assert difference(answer(status, "Not Found"), wanted) == expected


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "200"),
        ({"status": 404}, "404"),
        ({"json": {}}, "200 with a JSON body"),
        ({"json": {"status": "ok"}}, '200 with {"status": "ok"} in a JSON body'),
        ({"body_schema": {}}, "200 with a body that fits its JSON Schema"),
        ({"status": 403, "text": "Invalid Host"}, "403 with 'Invalid Host' in its body"),
        ({"json": {}, "text": "x"}, "200 with a JSON body and 'x' in its body"),
    ],
)
def test_describe__says_all_that_is_expected(wanted: dict[str, Any], told: str) -> None:
    """A reader needs nothing but this clause to know what a right answer is."""
    assert describe(Expectation.model_validate(wanted)) == told
