"""The pages of a fleet: for operators what is wrong and where; for others figures alone; for all, safe and bounded."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.reports.fleet import broken_file_notice, fleet_pages
from registry_monitor.schemas import schema_path
from registry_monitor.target import TargetError
from registry_monitor.target.problems import Problem
from tests.unit.fleet.fleets import HEALTHY, cause, failing, fleet_of

OPERATORS, OTHERS = "latest/index.html", "public/index.html"
BROKEN = Visit.of_broken_file(TargetError("b.yaml", [Problem(7, "cluster", "is missing; expected a value")]))


def words(page: str) -> str:
    """What is read of a page."""
    return re.sub(r"<[^>]*>", "", page)


def test_page__tells_of_what_could_not_be_published() -> None:
    """The verdict counts all the same."""
    troubled = HEALTHY.model_copy(update={"trouble": "PublishError: 3 of 9 objects could not be written"})
    page = fleet_pages(fleet_of({"a": troubled, "b": HEALTHY}))[OPERATORS]
    assert 'class="verdict HEALTHY"' in page
    assert "a PublishError: 3 of 9 objects could not be written" in words(page)
    assert "not all of it published" not in fleet_pages(fleet_of({"b": HEALTHY}))[OPERATORS]


def test_page__says_what_is_wrong_and_where() -> None:
    """One cause once, with its targets; and what is not watched, with why."""
    page = fleet_pages(fleet_of({"a-1": failing(cause()), "a-2": failing(cause()), "b": BROKEN, "c": HEALTHY}))[
        OPERATORS
    ]
    assert "2 of 4 targets fail, 1 without a verdict" in page
    assert "at 2 targets, with the same resource" in page and "a-1, a-2" in words(page)
    assert "1Listener rule missing: a:443 /x" in words(page)
    assert '<a href="../../a-2/latest/index.html">' in page
    assert "b.yaml, line 7: cluster: is missing; expected a value" in page
    assert 'class="verdict FAILING"' in page


def test_document__is_valid_against_the_published_schema() -> None:
    """For programs, as the documents of a run are."""
    schema = Draft202012Validator(json.loads(schema_path("fleet").read_text(encoding="utf-8")))
    document = fleet_of({"a": failing(cause()), "b": BROKEN, "c": HEALTHY, "d": Visit.not_run("lost")}, critical=("a",))
    assert list(schema.iter_errors(json.loads(document.model_dump_json()))) == []


def test_page__names_what_is_wrong_at_one_target_in_its_own_words() -> None:
    """Which name its service."""
    page = fleet_pages(fleet_of({"a": failing(cause()), "b": HEALTHY}))[OPERATORS]
    assert "1a:443 /x is wrong" in words(page)


def test_page__of_a_healthy_fleet_says_so() -> None:
    """In one word."""
    page = fleet_pages(fleet_of({"a": HEALTHY}))
    assert 'class="verdict HEALTHY"' in page[OPERATORS] and "No target is failing." in page[OPERATORS]
    assert "All model registries work" in page[OTHERS]


@pytest.mark.parametrize(
    "visits", [{}, {"a": Visit(state=VisitState.BLIND)}, {"a": BROKEN}], ids=["none", "blind", "broken"]
)
def test_page__of_what_is_not_known_is_never_well(visits: dict[str, Visit]) -> None:
    """Nor is an empty fleet."""
    pages = fleet_pages(fleet_of(visits))
    assert 'class="verdict BLIND"' in pages[OPERATORS]
    assert "It is not known of all model registries" in pages[OTHERS]


def test_page__tells_of_critical_targets_that_nobody_watches() -> None:
    """They wake on-call, who reads it first."""
    page = fleet_pages(fleet_of({"a": Visit.not_run("lost")}, runs=3, critical=("a",)))[OPERATORS]
    assert "Nobody watches 1 critical target: a." in words(page)


def test_public_page__names_nothing() -> None:
    """No target, resource, cause or count of what hides behind it."""
    visits = {"secret-team": failing(cause("secret-missing", "secret-team/redis")), "b": BROKEN}
    page = fleet_pages(fleet_of(visits))[OTHERS]
    assert [word for word in ("secret", "team", "redis", "yaml", "test") if word in page.partition("</style>")[2]] == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}"])
def test_pages__have_no_script_whatever_was_seen(text: str) -> None:
    """Every value is escaped, as on the page of a run."""
    hostile = failing(cause(text, text))
    for page in fleet_pages(fleet_of({"a": hostile, "b": Visit.not_run(text)})).values():
        assert "<script" not in page and "<img" not in page and "49" not in page.partition("</style>")[2]


def test_page__has_a_limit_whatever_the_fleet() -> None:
    """Of thousands of targets that fail each in its own way, the first are told, and how many more."""
    visits = {f"t{number:04}": failing(cause(f"kind-{number}", "x" * 200)) for number in range(3000)}
    visits |= {f"u{number:04}": Visit.not_run("y" * 200) for number in range(3000)}
    page = fleet_pages(fleet_of(visits))[OPERATORS]
    assert len(page) < 200_000
    assert "And 2960 more, in fleet.json." in page and "And 2940 more, in fleet.json." in page


def test_notice__names_file_and_line() -> None:
    """Its subject is what SNS takes: ASCII, one line, fewer than 100 characters."""
    notice = broken_file_notice("bücher", ("bücher.yaml, line 7: " + "ü" * 200, "line 9"), "development")
    assert "line 7" in notice.body and "line 9" in notice.body and "development" in notice.body
    assert notice.subject.isascii() and len(notice.subject) < 100
    assert notice.subject.startswith("TARGET FILE bucher: bucher.yaml, line 7: ")
