"""Composite alarms: what a rule makes of the states of others."""

import pytest

from tests.alarms.cloudwatch import State
from tests.alarms.composite import parsed

STATES = {"a": State.ALARM, "b": State.OK, "c": State.INSUFFICIENT_DATA}


@pytest.mark.parametrize(
    ("rule", "is_true"),
    [
        ('ALARM("a")', True),
        ('ALARM("b") OR ALARM("c")', False),
        ('ALARM("b") OR OK("b")', True),
        ('ALARM("a") AND NOT INSUFFICIENT_DATA("c")', False),
        ('ALARM("a") OR ALARM("b") AND ALARM("c")', True),
        ('(ALARM("a") OR ALARM("b")) AND ALARM("c")', False),
        ('NOT (ALARM("b") OR ALARM("c"))', True),
    ],
)
def test_rule__is_read_as_it_is_meant(rule: str, is_true: bool) -> None:
    """States, and, or, not, parentheses; no data are not ALARM."""
    assert parsed(rule)(STATES) is is_true


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("ALARM(a)", "cannot be read from character 0"),
        ('ALARM("a") ALARM("b")', "goes on where its end was expected"),
        ('(ALARM("a")', "lacks a closing parenthesis"),
        ('ALARM("a") OR', "ends where a state was expected"),
        ('ALARM("a") OR AND', "has AND where a state was expected"),
    ],
)
def test_rule_that_cannot_be_read__is_refused(rule: str, problem: str) -> None:
    """CloudWatch would not take it either; it is never guessed at."""
    with pytest.raises(ValueError, match=problem):
        parsed(rule)
