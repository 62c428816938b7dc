"""The status for third parties: whether a model can be registered, since when, and nothing that helps an attacker."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator

from registry_monitor.incident import IncidentState, Standing
from registry_monitor.model import Depth, Status, SuiteName
from registry_monitor.reports.public_status import (
    PUBLIC_HTML,
    PUBLIC_JSON,
    PublicStatus,
    Registration,
    public_documents,
)
from registry_monitor.run import Run
from registry_monitor.schemas import schema_path
from registry_monitor.state.history_documents import HistoryDocument, PastIncident
from registry_monitor.state.incidents import IncidentsDocument, advance
from tests.unit.reports import diagnosed, month, samples
from tests.unit.reports.html_structure import elements, links, text_of
from tests.unit.state.days import REGISTER, cause, run_at

FAILING = {name: make for name, make in (samples.ALL | diagnosed.ALL).items() if make().symptoms}
NAME = re.compile(r"[-./:_\d]")  # a name of something has one of these; a word of a sentence has none
HAPPENED = frozenset({IncidentState.OPEN, IncidentState.RESOLVED})


def public_words(run: Run, history: HistoryDocument) -> str:
    """Everything that a third party can read in both documents, but the dates."""
    documents = public_documents(run, history)
    page = re.sub(r"<style>.*?</style>", "", documents[PUBLIC_HTML], flags=re.DOTALL)
    attributes = " ".join(value or "" for _, pairs in elements(page) for _, value in pairs)
    return f"{text_of(page)} {attributes} {documents[PUBLIC_JSON]}"


def names_in(value: object) -> Iterator[str]:
    """Every text of a document that may name something, its keys too."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from names_in(key)
            yield from names_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from names_in(item)
    elif isinstance(value, str) and len(value) > 4 and NAME.search(value):
        yield value


@pytest.mark.parametrize("make", FAILING.values(), ids=FAILING)
def test_public__holds_no_text_of_a_failing_run(make: Callable[[], Run]) -> None:
    """No name of a resource, host, check, suite, key or cause of a whole failing run and its history gets out."""
    run = make()
    whole = {**run.model_dump(), "of the history": month.history().model_dump()}
    fields = {"schema_version", "checked_at", "registration", "uptime_pct", "incidents", "began_at", "ended_at"}
    names = set(names_in(whole)) - fields
    assert {"hokusai-auth-development", month.SECRET_RESOURCE, "model_registration_flow"} <= names
    told = public_words(run, month.history())
    assert [name for name in names if name in told] == []


def test_public_json__is_valid_against_its_published_schema() -> None:
    """What is written is what the schema says."""
    text = public_documents(diagnosed.stopped_database(), month.history())[PUBLIC_JSON]
    schema = json.loads(schema_path("public_status").read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(json.loads(text))) == []


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (samples.healthy, Registration.WORKS),
        (diagnosed.stopped_database, Registration.DOES_NOT_WORK),
        (samples.no_data, Registration.NOT_KNOWN),
    ],
)
def test_registration__is_told_by_what_was_seen_of_it(make: Callable[[], Run], wanted: Registration) -> None:
    """Right, wrong, and not asked."""
    assert PublicStatus.of(make(), HistoryDocument()).registration is wanted


def test_registration__that_only_the_monitors_own_fault_stops_is_not_known() -> None:
    """A revoked key of the monitor says nothing of the platform, so nothing is said of it."""
    refused = samples.result("experiment", Status.FAIL, suite=samples.REGISTRATION)
    key = diagnosed.KEY_REVOKED.model_copy(update={"explains": (refused.check_id,)})
    run = diagnosed.diagnosed(samples.run_of([refused]), key)
    assert PublicStatus.of(run, HistoryDocument()).registration is Registration.NOT_KNOWN


def test_registration__that_failed_is_not_well_until_it_was_asked_again() -> None:
    """The light run after a failed full one passes its few checks of registration, and says that it does not work."""
    broken = run_at(0, Depth.FULL, causes=(cause("store-refuses", REGISTER),), register=Status.FAIL)
    known = advance(IncidentsDocument(), broken)
    light = run_at(1, suites=tuple(SuiteName))
    light = light.model_copy(update={"results": (*light.results, *samples.stages()[:1])})
    assert PublicStatus.of(light, HistoryDocument()).registration is Registration.WORKS
    standing = Standing(incidents=known.open)
    told = PublicStatus.of(light.model_copy(update={"standing": standing}), HistoryDocument())
    assert told.registration is Registration.DOES_NOT_WORK


def test_since__is_the_incident_that_goes_on_or_the_end_of_the_last_one() -> None:
    """Down since the open incident of registration began; up since its last one ended."""
    began_at = month.END - timedelta(hours=1)
    assert PublicStatus.of(diagnosed.stopped_database(), month.history()).since == began_at
    over = tuple(each for each in month.history().incidents if each.ended_at)
    up = PublicStatus.of(samples.healthy(), month.history().model_copy(update={"incidents": over}))
    assert up.since == month.BEGIN + timedelta(days=4, hours=9)


def told(**changed: object) -> tuple[str, ...]:
    """What is told of one incident that is like that of the deployment, but for what is ``changed``."""
    incident = PastIncident.model_validate(month.history().incidents[-1].model_dump() | changed)
    history = month.history().model_copy(update={"incidents": (incident,)})
    return tuple(each.told for each in PublicStatus.of(samples.healthy(), history).incidents)


def test_incident__is_told_by_what_users_met() -> None:
    """In plain words; what no user met, what is not sure, and what is the monitor's own is not told."""
    assert told() == ("Models could not be registered, or not be fetched.",)
    assert told(suites=("mlflow_routing",)) == ("Some requests did not get the answer that they should.",)
    assert told(suites=("infrastructure_health", "services_direct")) == ()
    assert told(is_monitors_own=True) == ()
    assert [state for state in IncidentState if told(state=state)] == [
        each for each in IncidentState if each in HAPPENED
    ]


def test_incident__of_an_open_door_is_told_only_as_what_users_met() -> None:
    """Who would try the door learns nothing of it, whatever its cause; that registration suffered is no secret."""
    suites = ("authentication", "endpoint_availability")
    assert told(is_security_failure=True, suites=suites) == ()
    assert told(is_security_failure=True, suites=(*suites, "model_registration_flow")) == (
        "Models could not be registered, or not be fetched.",
    )


def test_public_page__says_it_in_one_sentence_and_needs_nothing_else() -> None:
    """A heading that answers the question, uptime, incidents, and a link to the same for programs."""
    page = public_documents(diagnosed.stopped_database(), month.history())[PUBLIC_HTML]
    words = text_of(page)
    assert "Models cannot be registered Since 30 Jul 2026, 08:15 UTC." in words
    assert "1 h so far" in words
    assert links(page) == {"status.json"}
    assert not [tag for tag, _ in elements(page) if tag in ("script", "img", "iframe", "form")]
