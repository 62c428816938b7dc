"""A fleet's month by its size: cheaper than canaries, and what the page says."""

import json

import pytest

from registry_monitor.outputs.metrics import METRICS
from tests.cost.bill import billed_s, load_prices
from tests.cost.measure import Measured
from tests.cost.scale import (
    BATCH,
    MEASURED,
    SCALE,
    SIZES,
    canaries,
    concurrency,
    limits,
    month,
    run_s,
    tables,
    waiting_alone,
)
from tests.template.stack import load_template

PAGE = " ".join(SCALE.read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def measured() -> Measured:
    found: Measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ["cost", "waiting", "limits", "concurrency"])
def test_page__has_the_computed_tables(name: str, measured: Measured) -> None:
    """Word for word: ``python -m tests.cost.scale --keep`` writes them."""
    shown = SCALE.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n\n")[2].partition("\n\n<!-- end -->")[0]
    assert shown == tables(measured)[name]


@pytest.mark.parametrize("size", SIZES)
def test_target_of_a_fleet__costs_less_than_one_canary(size: int, measured: Measured) -> None:
    """Of one each five minutes, by at least half; it asks each minute."""
    prices = load_prices()
    total = sum(month(size, measured, prices).values())
    assert total < canaries(size, prices, every_minutes=5) / 2


def test_critical_target__adds_what_the_page_says(measured: Measured) -> None:
    """Its series; the alarm looks at one of the fleet."""
    prices = load_prices()
    added = sum(month(10, measured, prices, critical=1).values()) - sum(month(10, measured, prices).values())
    assert round(added, 2) == round(len(METRICS) * prices["metric"], 2) == 4.80
    assert "Each critical one adds 4.80" in PAGE


def test_batches__are_the_cheapest_way_to_wait(measured: Measured) -> None:
    """By far: what is paid for is shared."""
    ways = list(waiting_alone(load_prices(), measured).values())
    assert ways[-1] < min(ways[:-1]) / 10


def test_run_of_a_fleet__reads_its_target_anew(measured: Measured) -> None:
    """So it lasts longer than that of a stack that knows one."""
    assert run_s("light", measured) > billed_s("light", measured)


def test_first_limit__is_what_the_page_says(measured: Measured) -> None:
    """The load balancers' API, by full runs and then by light ones."""
    first = min(limits(measured), key=lambda limit: limit.targets(limit.light + limit.full) or 0)
    assert first.name.startswith("ELB")
    assert f"| {first.targets(first.full)} in one account | full runs" in PAGE
    assert f"| {first.targets(first.light)} in one account | light runs" in PAGE


def test_batches_side_by_side__are_those_of_the_page() -> None:
    """As many targets as the default of the parameter lets run at once."""
    default = load_template()["Parameters"]["FleetBatches"]["Default"]
    assert f"{default} are {default * BATCH:,}" in PAGE


def test_hanging_fleet__takes_all_that_it_is_given(measured: Measured) -> None:
    """A light run lasts as long as the stagger then: so all run at once."""
    assert concurrency(10_000, measured)["hanging"] == 10_000
