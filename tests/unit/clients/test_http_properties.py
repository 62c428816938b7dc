"""Answers of any kind: who wrote one is told, and it is described, judged and kept without an error."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from registry_monitor.clients.http import Answer
from registry_monitor.model import CannotTellError, Outcome
from registry_monitor.redaction import Redactor
from registry_monitor.reports.escaping import json_text
from registry_monitor.suites.asking import Question, judge
from registry_monitor.suites.endpoint_answers import body_shape, judge_samples
from registry_monitor.suites.expecting import difference
from registry_monitor.suites.openapi import OpenApiError, compare, documented_paths
from registry_monitor.target import Endpoint, Expectation, load_target
from tests.unit.generated import bodies, json_values, nested, texts

_HEADERS = ("Server", "Content-Type", "Retry-After", "WWW-Authenticate", "Location")
_VALUES = ("awselb/2.0", "application/json", "text/html", "text/plain", "uvicorn", "")
header_values = st.sampled_from(_VALUES) | st.text(st.characters(max_codepoint=255), max_size=20)  # as urllib3 decodes
answers = st.builds(
    Answer,
    url=st.just("https://registry.example.com/"),
    status=st.just(200) | st.integers(100, 599),
    headers=st.dictionaries(st.sampled_from(_HEADERS), header_values).map(CaseInsensitiveDict),
    body=bodies,
    is_truncated=st.booleans(),
    elapsed_ms=st.floats(0, 60_000),
)
_DEEP = Answer("https://a.example/", 502, {"Content-Type": "application/json"}, nested(100_000).encode(), False, 1.0)
_DEEP_200, _DEEPER_200 = (
    Answer("https://a.example/", 200, {}, nested(levels).encode(), False, 1.0) for levels in (900, 9_000)
)
_EXPECTATIONS = (
    Expectation(),
    Expectation(json={}),
    Expectation(json={"a": {"b": 1}}),
    Expectation(text="ok"),
    Expectation(body_schema={"type": "object", "properties": {"a": {"type": "string", "pattern": "^[a-z]+$"}}}),
)


@given(answers)
@example(_DEEP)
def test_answer_of_any_kind__is_told_in_words(answer: Answer) -> None:
    """Who wrote it and what it says: a text, whatever the body is; what is kept of it can be written."""
    assert answer.written_by in ("load balancer", "firewall", "application", "MLflow", "unknown")
    assert answer.describe().startswith(f"answered {answer.status}")
    assert json_text(Redactor().value(answer.evidence())).encode()
    try:
        answer.json()
    except ValueError:
        assert body_shape(answer) is not None


@given(answers, st.sampled_from(_EXPECTATIONS))
@example(_DEEP_200, _EXPECTATIONS[4])
@example(_DEEPER_200, _EXPECTATIONS[4])
def test_answer_of_any_kind__is_judged(answer: Answer, expectation: Expectation) -> None:
    """Right or wrong, or said to be too large to tell: no body makes a check fail of itself; what is kept is JSON."""
    differs = difference(answer, expectation)
    assert differs is None or differs.startswith(("status ", "a body "))
    endpoint = Endpoint(id="any", service="api", url=answer.url, expect=expectation)
    question = Question(url=answer.url, expect=expectation, budget_ms=endpoint.budget_ms)
    try:
        outcome: Outcome = judge(answer, question)
        sampled = judge_samples(endpoint, [answer, answer], ["(proxy)"])
    except CannotTellError:
        assert answer.is_truncated
        return
    assert outcome.status == sampled.status
    assert outcome.status.is_passed == (differs is None)
    for each in (outcome, sampled):
        kept = Outcome.model_validate(Redactor().value(each.model_dump(mode="json")))
        assert json_text(kept).encode()


_PATH_ITEMS = st.dictionaries(st.sampled_from(["get", "post", "x"]), json_values) | json_values
_PATHS = st.dictionaries(st.sampled_from(["/", "/models/{name}", "/{", "/}{/{a}", "*"]) | texts, _PATH_ITEMS)
documents = st.fixed_dictionaries(
    {"openapi": st.just("3.1.0") | json_values, "paths": _PATHS | json_values},
    optional={"servers": st.lists(st.fixed_dictionaries({"url": texts | json_values})) | json_values},
)


@given(documents | json_values)
@example({"openapi": "3", "paths": {"/": {}}, "servers": [{"url": "http://[broken"}]})
def test_openapi_document_of_any_kind__is_compared_or_refused_in_words(document: Any) -> None:
    """A service's own document is compared with the target's endpoints, or said to be none."""
    target = load_target("hokusai-development")
    try:
        found = documented_paths(document)
    except OpenApiError as error:
        assert str(error)
        return
    coverage = compare(found, target.endpoints, target.unprobed)
    assert len(coverage.tested) + len(coverage.excluded) + len(coverage.not_in_target) >= len(set(found))
