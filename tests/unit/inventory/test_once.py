"""A fact is read once, whoever asks; what goes wrong stays with its own fact."""

import threading
from collections import Counter
from operator import not_

import pytest

from registry_monitor.inventory import once
from registry_monitor.inventory.facts import Known, Unknown
from registry_monitor.inventory.once import ReadOnce
from registry_monitor.model import CannotTellError

CALL = "ecs:ListTasks"
TIME_S = 10.0


def test_fact__read_once_by_key() -> None:
    """Each key has a fact of its own; one that was begun early is there for who asks later."""
    read: Counter[str] = Counter()
    facts = ReadOnce(CALL, lambda key: (read.update([key]), key.upper())[1])
    facts.begin("a")
    told = [facts.fact(key, TIME_S) for key in ("a", "b", "a")]
    assert told == [Known(value=value, source=CALL) for value in ("A", "B", "A")]
    assert read == {"a": 1, "b": 1}


def test_fact__too_late_is_there_for_the_next() -> None:
    """Who cannot wait gets Unknown; the reading goes on."""
    may_go_on = threading.Event()
    facts = ReadOnce(CALL, lambda key: may_go_on.wait(TIME_S))
    hasty = facts.fact("a", 0.05)
    may_go_on.set()
    assert hasty == Unknown(reason="ecs:ListTasks was not read within 0.1 s", source=CALL)
    assert facts.fact("a", TIME_S) == Known(value=True, source=CALL)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CannotTellError("for a reason of its own"), "for a reason of its own"),
        (KeyError("tasks"), "ecs:ListTasks gave an answer that could not be read (KeyError: 'tasks')"),
    ],
)
def test_fact__that_cannot_be_read(error: Exception, reason: str) -> None:
    """An error is the reason of its fact alone, and whoever builds on the value is told the same."""

    def read(key: str) -> str:
        if key == "bad":
            raise error
        return key

    facts = ReadOnce(CALL, read)
    assert facts.fact("bad", TIME_S) == Unknown(reason=reason, source=CALL)
    assert facts.value("good") == "good"
    with pytest.raises(CannotTellError) as caught:
        facts.value("bad")
    assert str(caught.value) == reason


def test_facts__a_few_side_by_side() -> None:
    """Twenty facts asked for at once are read eight at a time."""
    may_go_on, full = threading.Event(), threading.Semaphore(0)
    running, most = 0, 0
    lock = threading.Lock()

    def read(key: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        full.release()
        may_go_on.wait(TIME_S)
        with lock:
            running -= 1
        return key

    facts = ReadOnce(CALL, read)
    for key in range(20):
        facts.begin(key)
    assert all(full.acquire(timeout=TIME_S) for _ in range(8))
    may_go_on.set()
    assert [facts.value(key) for key in range(20)] == list(range(20))
    assert most == 8


def test_all_by_now__tells_what_was_asked() -> None:
    """What nobody asked for is not there; asked by name, it is Unknown and is not read."""
    facts = ReadOnce(CALL, lambda key: key)
    facts.value("a")
    assert isinstance(facts.by_now("b"), Unknown)
    assert facts.all_by_now() == {"a": Known(value="a", source=CALL)}


def test_settled__tells_an_unknown_fact() -> None:
    """A reader that can do without a fact waits for it, and gets the reason where it is not known."""

    def read(key: str) -> str:
        raise CannotTellError(f"no {key}")

    assert ReadOnce(CALL, read).settled("a") == Unknown(reason="no a", source=CALL)


def test_wait__for_what_was_begun() -> None:
    """It ends when all is there, or when its time is over; with nothing begun at once."""
    may_end = threading.Event()
    facts = ReadOnce(CALL, lambda key: may_end.wait(TIME_S) and key)
    facts.wait(TIME_S)
    facts.begin("a")
    facts.wait(0.05)
    assert isinstance(facts.by_now("a"), Unknown)
    may_end.set()
    facts.wait(TIME_S)
    assert facts.by_now("a") == Known(value="a", source=CALL)


def test_fact__that_lacks_something_is_read_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS is eventually consistent: what is absent twice is absent, what comes a moment later was there."""
    monkeypatch.setattr(once, "CONSISTENT_AFTER_S", 0.01)
    answers = {"late": [(), ("task",)], "gone": [(), ()], "there": [("task",)]}
    facts = ReadOnce(CALL, lambda key: answers[key].pop(0), not_)
    found = {key: facts.value(key) for key in list(answers)}
    assert found == {"late": ("task",), "gone": (), "there": ("task",)}
    assert not any(answers.values())
