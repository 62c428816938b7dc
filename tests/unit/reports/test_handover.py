"""The folder's README: a newcomer knows what to open, and whom to ask."""

from registry_monitor.reports.documents import render
from registry_monitor.reports.handover import handover_document
from registry_monitor.target import Contact, load_target
from tests.unit.reports import diagnosed, samples


def test_files__are_those_that_are_written() -> None:
    """Each document of a run has its line, but the page itself."""
    text = handover_document(samples.healthy()).replace("\\", "")
    assert [name for name in render(samples.healthy()) if f"| {name} |" not in text] == ["README.md"]


def test_first__is_what_the_run_calls_for() -> None:
    """Who is to mend something is led to the issues; nobody else is."""
    assert "1. The first screen of MODEL" in handover_document(diagnosed.missing_service())
    assert "2. INFRASTRUCTURE" in handover_document(diagnosed.missing_service())
    assert "2. INFRASTRUCTURE" not in handover_document(samples.healthy())
    assert "No cause is proved" in handover_document(samples.failing())


def test_contacts__are_those_of_the_target() -> None:
    """Whoever reads it knows whom to ask; where nobody is named, it says so."""
    run = samples.healthy()
    assert "The target file names nobody" in handover_document(run)
    named = run.target.model_copy(update={"contacts": (Contact(about="ECS", ask="platform@example.com"),)})
    assert "- About ECS: platform@example.com" in handover_document(run.model_copy(update={"target": named}))
    assert load_target("hokusai-development").contacts
