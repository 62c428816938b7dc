"""What is kept over warm invocations, and for how long."""

import time
import weakref
from itertools import count

import pytest

from registry_monitor.kept import Kept


def test_kept__is_made_once_for_each_key() -> None:
    """The same value for the same key, until all is forgotten."""
    numbers = count()
    kept = Kept(lambda key: f"{key}{next(numbers)}")
    assert [kept.get("a"), kept.get("b"), kept.get("a")] == ["a0", "b1", "a0"]
    kept.forget()
    assert kept.get("a") == "a2"


def test_kept__is_made_anew_after_nobody_has_asked_for_long() -> None:
    """What a frozen function holds may be dead when it thaws."""
    numbers = count()
    kept = Kept(lambda key: next(numbers), idle_s=-1.0)
    assert [kept.get("a"), kept.get("a")] == [0, 1]


def test_kept__lets_go_of_what_nobody_asks_for() -> None:
    """A warm function that is given one target after the other does not grow with their number."""
    kept = Kept(_Value, idle_s=0.0)
    dropped = weakref.ref(kept.get("a"))
    time.sleep(0.001)
    kept.get("b")
    assert dropped() is None


class _Value:
    """What can be seen to be gone."""

    def __init__(self, _: str) -> None:
        pass


def test_kept__nothing_of_what_could_not_be_made() -> None:
    """An error is the asker's, and the next one tries again."""
    answers = iter([ValueError("no endpoint"), "made"])

    def make(_: str) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    kept = Kept(make)
    with pytest.raises(ValueError, match="no endpoint"):
        kept.get("a")
    assert kept.get("a") == "made"
