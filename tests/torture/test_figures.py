"""The campaign counts what it was told, shows all that is not good, and makes nothing twice."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.torture.canaries import leaks
from tests.torture.figures import document
from tests.torture.outcome import Outcome
from tests.torture.results import Made, Results

SECRET = 'hk_fake_canary_ab/c+d"e?'
GOOD = Made("a", Outcome(survived=True, right=True), None, 1.0)
BAD = Made("b", Outcome(survived=True, right=False, lost=("run.json",), told="ended"), None, 2.0)
UNTRIED = Made("c", None, "OSError: no", 0.5)


def test_document__counts_and_shows() -> None:
    """Sums by kind; a run that the harness could not make is no fault run that was tried, and is shown."""
    found = document({"network": [GOOD, BAD, UNTRIED]}, {"network": 4})
    assert {name: found[name] for name in ("tried", "survived", "right", "lost", "left")} == {
        "tried": 2,
        "survived": 2,
        "right": 1,
        "lost": 1,
        "left": 0,
    }
    assert found["parts"]["network"]["planned"] == 4
    assert [each["why"] for each in found["not_good"]] == [
        "not right; lost: run.json",
        "could not be tried: OSError: no",
    ]


def test_results__go_on_where_they_stopped(tmp_path: Path) -> None:
    """What was made is read again, a torn last line and the results of other sources are not."""
    path = tmp_path / "network.jsonl"
    for made in (GOOD, BAD, UNTRIED):
        Results(path, "one").add(made)
    path.write_text(path.read_text() + '{"fingerprint": "on')
    assert Results(path, "one").made == {"a": GOOD, "b": BAD, "c": UNTRIED}
    assert Results(path, "two").made == {}


@pytest.mark.parametrize("before", ["", "x", "xy"])
@pytest.mark.parametrize("form", ["clear", "json", "url", "base64", "urlsafe"])
def test_leaks__found_in_every_form(form: str, before: str) -> None:
    """A canary is found however it is encoded and wherever it begins; another text is clean."""
    text = f"{before}{SECRET}"
    shown = {
        "clear": text,
        "json": json.dumps(text),
        "url": quote(text, safe=""),
        "base64": base64.b64encode(f"{text}:more".encode()).decode(),
        "urlsafe": base64.urlsafe_b64encode(f"{text}:more".encode()).decode(),
    }[form]
    (found,) = leaks({"log": shown, "report": "nothing"}, [SECRET])
    assert found.startswith("log holds")
