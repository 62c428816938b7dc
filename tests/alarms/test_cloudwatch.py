"""How a state follows from data points: the tables of the CloudWatch user guide, row by row."""

import pytest

from tests.alarms.cloudwatch import MetricAlarm, State, judged

OK, ALARM, NO_DATA, KEEPS = State.OK, State.ALARM, State.INSUFFICIENT_DATA, None
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")  # the columns of the tables
POINTS = {"0": False, "X": True, "-": None}


def points(row: str) -> list[bool | None]:
    return [POINTS[each] for each in row.split()]


@pytest.mark.parametrize(
    ("row", "states"),
    [
        ("0 - X - X", (OK, OK, OK, OK)),
        ("0 - - - -", (OK, OK, OK, OK)),
        ("- - - - -", (NO_DATA, KEEPS, ALARM, OK)),
        ("0 X X - X", (ALARM, ALARM, ALARM, ALARM)),
        ("- - X - -", (ALARM, KEEPS, ALARM, OK)),
    ],
)
def test_three_of_three__as_in_the_first_table(row: str, states: tuple[State | None, ...]) -> None:
    """Section "How alarm state is evaluated when data is missing": 3 out of 3, with an evaluation range of 5."""
    assert tuple(judged(points(row), 3, 3, missing) for missing in TREATMENTS) == states


@pytest.mark.parametrize(
    ("row", "states"),
    [
        ("0 - X - X", (ALARM, ALARM, ALARM, ALARM)),
        ("0 0 X 0 X", (ALARM, ALARM, ALARM, ALARM)),
        ("0 - X - -", (OK, OK, ALARM, OK)),
        ("- - - - 0", (OK, OK, ALARM, OK)),
        ("- - - X -", (ALARM, KEEPS, ALARM, OK)),
    ],
)
def test_two_of_three__as_in_the_second_table(row: str, states: tuple[State | None, ...]) -> None:
    """The same page, 2 out of 3."""
    assert tuple(judged(points(row), 3, 2, missing) for missing in TREATMENTS) == states


@pytest.mark.parametrize("row", ["- - - - X", "- - - X -"])
def test_premature_alarm__is_avoided(row: str) -> None:
    """Section "Avoiding premature transitions to alarm state": the next data point may be well."""
    assert judged(points(row), 3, 3, "missing") is not ALARM


def test_whole_range__counts_its_newest_points_alone() -> None:
    """Where no data are missing, those from further back are not needed, and not looked at."""
    assert judged(points("X X X 0 0"), 3, 2, "breaching") is OK


def test_unknown_treatment__is_refused() -> None:
    """An alarm that CloudWatch would not take is not guessed at."""
    with pytest.raises(ValueError, match="TreatMissingData is 'forget'; expected breaching"):
        judged([True], 1, 1, "forget")


@pytest.mark.parametrize(
    ("statistic", "operator", "threshold", "is_breaching"),
    [
        ("Maximum", "GreaterThanOrEqualToThreshold", 3, True),
        ("Maximum", "GreaterThanThreshold", 3, False),
        ("Minimum", "LessThanThreshold", 1, False),
        ("Minimum", "LessThanOrEqualToThreshold", 1, True),
        ("Average", "GreaterThanOrEqualToThreshold", 2, True),
        ("Sum", "GreaterThanThreshold", 5, True),
        ("SampleCount", "LessThanThreshold", 3, False),
    ],
)
def test_period__is_breaching_by_its_statistic(
    statistic: str, operator: str, threshold: float, is_breaching: bool
) -> None:
    """All values of a period together make its data point."""
    alarm = MetricAlarm(
        name="a",
        description="",
        series=("Own", "Metric", frozenset()),
        statistic=statistic,
        period_s=60,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        operator=operator,
        threshold=threshold,
        missing="ignore",
        actions={},
    )
    assert alarm.is_breaching([1.0, 2.0, 3.0]) is is_breaching
