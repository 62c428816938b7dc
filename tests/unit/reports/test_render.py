"""All documents of a run: complete, deterministic, valid against their schemas, and proof against hostile values."""

import json
import re
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token

from registry_monitor.reports import HANDOVER, INFRASTRUCTURE, ISSUES, PAGE, REPORT, RUN, SUMMARY
from registry_monitor.reports.documents import render
from registry_monitor.reports.escaping import visible
from registry_monitor.reports.status import status_document
from registry_monitor.run import Run
from registry_monitor.schemas import DOCUMENTS, schema_path, schema_text
from tests.unit.reports import diagnosed, samples

ALL = samples.ALL | diagnosed.ALL
EVERY_RUN = pytest.mark.parametrize("make", ALL.values(), ids=ALL)
FOR_PEOPLE = pytest.mark.parametrize("name", [REPORT, ISSUES, HANDOVER])


@EVERY_RUN
def test_render__is_the_same_again_from_the_stored_run(make: Callable[[], Run]) -> None:
    """A stored run.json renders to the same documents, byte for byte."""
    documents = render(make())
    assert list(documents) == [REPORT, ISSUES, HANDOVER, SUMMARY, INFRASTRUCTURE, PAGE, RUN]
    assert render(Run.model_validate_json(documents[RUN])) == documents


@EVERY_RUN
def test_documents__are_valid_against_the_published_schemas(make: Callable[[], Run]) -> None:
    """What is written is what the schemas in the repository say."""
    run = make()
    texts = {name: text for name, text in render(run).items() if name.endswith(".json")}
    for name, text in (texts | {"status.json": status_document(run)}).items():
        schema = json.loads(schema_path(name.removesuffix(".json")).read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        assert list(Draft202012Validator(schema).iter_errors(json.loads(text))) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_published_schema__is_what_the_model_gives(name: str) -> None:
    """`python -m registry_monitor.schemas` has been run since the model changed, and knows no other keys."""
    assert schema_path(name).read_text(encoding="utf-8") == schema_text(name)
    assert json.loads(schema_text(name))["additionalProperties"] is False


@pytest.mark.parametrize("name", DOCUMENTS)
def test_published_schema__refuses_another_document(name: str) -> None:
    """A schema that takes anything would prove nothing."""
    schema = json.loads(schema_text(name))
    assert not Draft202012Validator(schema).is_valid({"schema_version": "1"})


@EVERY_RUN
def test_documents__show_nothing_that_cannot_be_seen(make: Callable[[], Run]) -> None:
    """No control character, right-to-left mark or zero-width character reaches a terminal or a page."""
    for text in render(make()).values():
        assert visible(text, keep="\n") == text


def _structure(report: str) -> list[tuple[str, str, int]]:
    """The elements of a Markdown document, without their texts."""
    tokens: list[Token] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(report):
        children = token.children or []
        tokens += [token, *(child for child in children if child.type not in ("text", "text_special"))]
    return [(token.type, token.tag, token.level) for token in tokens]


@FOR_PEOPLE
@pytest.mark.parametrize("hostile", [samples.hostile, diagnosed.hostile])
def test_report__hostile_answers_change_no_element_of_it(name: str, hostile: Callable[..., Run]) -> None:
    """A platform that answers with Markdown, HTML or table pipes adds no heading, link, cell or element."""
    report = render(hostile())[name]
    assert _structure(report) == _structure(render(hostile("an ordinary | text."))[name])
    outside_of_blocks = re.sub(r"^(`{3,})\w+\n.*?^\1$", "", report, flags=re.DOTALL | re.MULTILINE)
    assert samples.HOSTILE.split("\n", maxsplit=1)[0] not in outside_of_blocks


@FOR_PEOPLE
def test_report__html_of_it_is_only_its_own(name: str) -> None:
    """Raw HTML in the documents is that of their own folded parts."""
    tokens = MarkdownIt("commonmark").enable("table").parse(render(diagnosed.hostile())[name])
    own = ("<details><summary>", "</details>")
    raw = [token.content for token in tokens if token.type == "html_block"]
    assert bool(raw) is (name == REPORT)
    assert all(text.startswith(own) for text in raw)
    assert not [text for text in raw if "script" in text]
