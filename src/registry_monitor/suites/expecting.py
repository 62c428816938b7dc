"""Compares an answer with what the target file expects of it. Pure."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from registry_monitor.clients.http import Answer
from registry_monitor.target import Expectation


def describe(expectation: Expectation) -> str:
    """A clause for people: "200 with {"status": "ok"} in a JSON body"."""
    wanted = []
    body = expectation.json_body
    if body is not None:
        wanted.append(f"{json.dumps(body)} in a JSON body" if body else "a JSON body")
    if expectation.body_schema is not None:
        wanted.append("a body that fits its JSON Schema")
    if expectation.text is not None:
        wanted.append(f"'{expectation.text}' in its body")
    return f"{expectation.status}{' with ' if wanted else ''}{' and '.join(wanted)}"


def difference(answer: Answer, expectation: Expectation) -> str | None:
    """What an answer differs in, as a clause; null where it is as expected.

    A JSON body is asked of the application: the load balancer writes none.
    """
    if answer.status != expectation.status:
        return f"status {answer.status}, not {expectation.status}"
    if expectation.text is not None and expectation.text not in answer.text:
        return f"a body without '{expectation.text}'"
    if expectation.json_body is None and expectation.body_schema is None:
        return None
    try:
        body = answer.json()
    except ValueError:
        return "a body that is no JSON"
    if expectation.json_body is not None and not (isinstance(body, dict) and _holds(body, expectation.json_body)):
        return f"a body without {json.dumps(expectation.json_body)}"
    return _misfit(body, expectation.body_schema) if expectation.body_schema is not None else None


def _misfit(body: JsonValue, schema: Mapping[str, JsonValue]) -> str | None:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - imported where the target file has a schema

    errors = sorted(Draft202012Validator(schema).iter_errors(body), key=lambda each: each.json_path)
    return f"a body that does not fit its JSON Schema at {errors[0].json_path}: {errors[0].message}" if errors else None


def evidence_of(answer: Answer, *, has_key: bool) -> dict[str, JsonValue]:
    """What a reader needs to believe it; what a key opens is not kept: it may be about other people and their keys."""
    evidence = answer.evidence()
    if has_key and answer.status < 300:
        evidence["body"] = f"{len(answer.body)} bytes, not kept"
    return evidence


def _holds(seen: dict[str, JsonValue], wanted: dict[str, JsonValue]) -> bool:
    for key, value in wanted.items():
        there = seen.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            if not _holds(there, value):
                return False
        elif key not in seen or there != value or isinstance(there, bool) != isinstance(value, bool):
            return False  # to Python, true equals 1
    return True
