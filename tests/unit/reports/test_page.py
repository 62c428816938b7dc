"""index.html: it says what the run says, needs nothing but itself, and nothing that a platform answers changes it."""

from collections.abc import Callable

import pytest

from registry_monitor.model import Status
from registry_monitor.reports import PAGE
from registry_monitor.reports.documents import render
from registry_monitor.reports.page import index_page
from registry_monitor.run import Run
from tests.unit.reports import diagnosed, samples
from tests.unit.reports.html_structure import elements, links, text_of

LIMIT_BYTES = 300_000
ALL = samples.ALL | diagnosed.ALL
EVERY_RUN = pytest.mark.parametrize("make", ALL.values(), ids=ALL)
LOADS = ("script", "iframe", "object", "embed", "img", "form", "base", "audio", "video", "source")


def page_of(run: Run) -> str:
    return index_page(run, ["run.json"])


@EVERY_RUN
def test_page__needs_nothing_but_itself(make: Callable[[], Run]) -> None:
    """No script, no handler, nothing loaded from anywhere, and under 300 KB."""
    page = page_of(make())
    assert not [tag for tag, _ in elements(page) if tag in LOADS]
    named = [(name, value or "") for _, attributes in elements(page) for name, value in attributes]
    assert not [name for name, _ in named if name.startswith("on") or name in ("style", "src", "srcset")]
    assert {value for name, value in named if "://" in value} == set()
    assert len(page.encode()) < LIMIT_BYTES


def test_page__links_to_every_document_beside_it() -> None:
    """Every file of the run is one click away, and all other links stay on the page."""
    documents = render(samples.failing())
    outside = {link for link in links(documents[PAGE]) if not link.startswith("#")}
    assert outside == documents.keys() - {PAGE}


@EVERY_RUN
def test_page__links_on_it_lead_somewhere(make: Callable[[], Run]) -> None:
    """Each link within the page has its place, and no id stands twice."""
    page = page_of(make())
    ids = [value for _, attributes in elements(page) for name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links(page) if link.startswith("#")} <= set(ids)


@pytest.mark.parametrize("make", [samples.hostile, diagnosed.hostile])
def test_page__hostile_answers_change_no_element_of_it(make: Callable[..., Run]) -> None:
    """A platform that answers with HTML and scripts adds no element and no attribute."""
    assert elements(page_of(make())) == elements(page_of(make("an ordinary text.")))


def test_page__a_million_characters_are_cut() -> None:
    """An answer without end is cut, and the page stays under its size."""
    page = page_of(diagnosed.hostile("<b>\u202e" * 250_000))
    assert len(page.encode()) < LIMIT_BYTES
    assert "<b>\u202e" not in page


def test_page__ten_thousand_checks_leave_out_only_what_passed() -> None:
    """A suite without end is cut to what went wrong, and says how much is left out."""
    passed = [samples.result(f"endpoint.passed-{number}") for number in range(10_000)]
    page = page_of(samples.run_of([*passed, samples.result("endpoint.wrong", Status.FAIL)]))
    assert len(page.encode()) < LIMIT_BYTES
    assert "endpoint.wrong" in page
    assert "and 9851 more that passed" in text_of(page)


def test_first_screen__says_verdict_cause_proof_and_fix() -> None:
    """The answer to "what is broken, why, and what do I do" comes before anything else."""
    told = text_of(page_of(diagnosed.stopped_database()))
    finding = diagnosed.DATABASE_STOPPED
    wanted = ("Failing : the platform", finding.statement, finding.proofs[0].told, finding.fix.told)
    places = [told.index(text) for text in wanted]
    assert places == sorted(places)
    assert places[-1] < told.index("Services layer by layer")


def test_page__of_a_healthy_run_tells_of_no_cause() -> None:
    """Where nothing is wrong, nothing looks as if it were."""
    page = page_of(samples.healthy())
    assert "Nothing wrong was seen." in text_of(page)
    assert not [attributes for tag, attributes in elements(page) if ("class", "FAIL") in attributes]


def test_page__a_fault_of_the_monitor_stands_apart() -> None:
    """What the monitor gets wrong is told as its own, and not under "What is wrong"."""
    told = text_of(page_of(diagnosed.revoked_key()))
    assert told.index("The monitor itself") < told.index(diagnosed.KEY_REVOKED.statement)
    assert "What is wrong in the order" not in told
