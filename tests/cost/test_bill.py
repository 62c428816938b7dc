"""The month's cost: from what was measured to a sum below one canary's, and on the page."""

import json

import pytest

from registry_monitor.outputs.metrics import METRICS
from tests.cost.__main__ import MEASURED, OPERATIONS, TABLE, costs, table, total_usd
from tests.cost.bill import beside, bill, billed_s, load_prices, runs_a_month
from tests.cost.measure import RUNS, Measured
from tests.template.network_page import table as network_table
from tests.template.test_schedules import SCHEDULES

MINUTES_OF_FULL_RUNS = 4  # 2, 17, 32 and 47; test_schedules.py


@pytest.fixture(scope="module")
def measured() -> Measured:
    """What was counted last."""
    found: Measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


def test_month__costs_less_than_one_canary(measured: Measured) -> None:
    """All parts of the template as it is by default, at list price."""
    cost = costs(measured)
    prices = load_prices()
    canary_usd = beside(measured, prices, 13)["canary_usd"]
    assert round(canary_usd, 2) == 10.51
    assert total_usd(bill(measured, prices)) < canary_usd
    assert (cost["total_usd"], cost["prices_noted"]) == (9.9, "2026-11-26")


def test_page__shows_the_bill(measured: Measured) -> None:
    """The table of docs/operations.md is that of the counts that were kept."""
    [shown] = TABLE.findall(OPERATIONS.read_text(encoding="utf-8"))
    assert shown == table(measured)


def test_page__tells_what_the_bill_leaves_out(measured: Measured) -> None:
    """The figures in its text follow from the prices."""
    text = " ".join(OPERATIONS.read_text(encoding="utf-8").split())
    prices = load_prices()
    ways = [row for row in network_table("Ways to the AWS APIs").values() if row["Kind"].startswith("interface")]
    left_out = beside(measured, prices, len(ways))
    assert f"Traffic is about {left_out['traffic_gb']:.0f} GB a month" in text
    assert f"one is {left_out['nat_gateway_usd']:.2f} for each zone, and {left_out['nat_traffic_usd']:.2f} for" in text
    assert f"is {left_out['endpoint_usd']:.2f} for each zone; all {len(ways)} of them in two zones" in text
    assert f"are {left_out['all_endpoints_in_two_zones_usd']:.2f} ([network.md]" in text
    second_usd = {kind: runs * prices["lambda_gb_second"] for kind, runs in runs_a_month(prices).items()}
    assert f"adds {second_usd['light'] / 2:.2f} a month for light runs" in text


def test_runs_of_a_month__are_those_of_the_schedules() -> None:
    """A light run each minute, and a full one each quarter of an hour."""
    runs = runs_a_month({"hours_a_month": 730})
    assert set(runs) == set(RUNS)
    assert runs["light"] == 43_800
    assert len(SCHEDULES["Full"][1].split(" ")[0].split(",")) + 1 == MINUTES_OF_FULL_RUNS
    assert round(runs["full"] + runs["hourly"]) == 730 * MINUTES_OF_FULL_RUNS + 61  # after two deployments a day


def test_computing__lasts_as_long_as_its_share_of_a_processor_lets_it() -> None:
    """512 MB are 0.29 of one: what computes for a second lasts 3.46 s; waiting is not stretched."""
    run = {"wall_s": 3.0, "cpu_s": 1.0, "counts": {}}
    assert round(billed_s("light", {"light": run}), 2) == 5.46
    assert round(billed_s("full", {"full": run}), 2) == 3.73


def test_series__are_paid_for_each(measured: Measured) -> None:
    """The greatest part of the bill is the number of metrics."""
    series = next(each for each in bill(measured, load_prices()) if each.name == "metrics")
    assert (series.count, round(series.month_usd, 2)) == (len(METRICS), round(0.30 * len(METRICS), 2))
