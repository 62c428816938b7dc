"""What a target costs in a month, by part: what runs were measured to take and ask, by list prices. Pure.

Lambda gives a function a share of a processor by its memory: 1,769 MB are one (AWS Lambda developer guide, "Configure
function memory"). So a second of computing that was measured takes longer there, and is billed as it lasts.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from registry_monitor.inventory.secrets import CACHED_FOR_S
from registry_monitor.outputs.metrics import METRICS
from registry_monitor.state.history import WRITTEN_EVERY
from tests.cost.measure import Measured
from tests.template.stack import ROOT, load_template, resource

ONE_PROCESSOR_MB = 1769
DEPLOYMENTS_A_DAY = 2
HISTORY_OBJECTS = 3  # itself, and the two for third parties
LAMBDAS_LINES_BYTES = 500  # START, END and REPORT of each invocation, and 26 bytes that each line counts more
CANARY_EVERY_MINUTES = 5
_GB = 1e9
_FUNCTIONS = {"light": "LightFunction", "full": "MonitorFunction", "hourly": "MonitorFunction"}


@dataclass(frozen=True)
class Part:
    """One line of the bill: so many of something, at a price each, in US dollars."""

    name: str
    count: float
    unit: str
    price_usd: float

    @property
    def month_usd(self) -> float:
        """What it costs in a month."""
        return self.count * self.price_usd


def load_prices() -> dict[str, Any]:
    """The list prices."""
    prices: dict[str, Any] = yaml.safe_load((ROOT / "tests/cost/prices.yaml").read_text(encoding="utf-8"))
    return prices


def runs_a_month(prices: dict[str, Any]) -> dict[str, float]:
    """By kind. After a deployment everything is asked, as once an hour."""
    hours: float = prices["hours_a_month"]
    return {"light": 60 * hours, "full": 3 * hours, "hourly": hours + DEPLOYMENTS_A_DAY * hours / 24}


def bill(measured: Measured, prices: dict[str, Any]) -> tuple[Part, ...]:
    """What the stack costs as the template has it by default."""
    return (*_fixed(prices), *_by_runs(measured, prices))


def _fixed(prices: dict[str, Any]) -> tuple[Part, ...]:
    """What is paid for however often it runs."""
    template = load_template()
    types = [each["Type"] for each in template["Resources"].values()]
    has_dashboard = template["Parameters"]["Dashboard"]["Default"] == "yes"
    return (
        Part("metrics", len(METRICS), "series", prices["metric"]),
        Part("metric alarms", types.count("AWS::CloudWatch::Alarm"), "alarms", prices["metric_alarm"]),
        Part("alarm that pages", types.count("AWS::CloudWatch::CompositeAlarm"), "alarm", prices["composite_alarm"]),
        Part("dashboard", int(has_dashboard), "dashboards", prices["dashboard"]),
        Part("key of the topics", types.count("AWS::KMS::Key"), "key", prices["kms_key"]),
        Part("secret of the keys", 1, "secret", prices["secret"]),
    )


def _by_runs(measured: Measured, prices: dict[str, Any]) -> tuple[Part, ...]:
    """What each run adds."""
    months = runs_a_month(prices)
    runs = sum(months.values())

    def counted(*names: str) -> float:
        return sum(float(months[kind] * measured[kind]["counts"].get(name, 0)) for kind in months for name in names)

    traced = runs if load_template()["Parameters"]["Tracing"]["Default"] == "Active" else 0
    hours = prices["hours_a_month"]
    reads_of_keys = 3600 / CACHED_FOR_S * hours + months["full"] + months["hourly"]  # each function keeps its own
    kept_months = load_template()["Parameters"]["ReportDays"]["Default"] / 30
    full_gb_s = gb_seconds("full", measured, months) + gb_seconds("hourly", measured, months)
    log_gb = (counted("log_bytes") + runs * LAMBDAS_LINES_BYTES) / _GB
    return (
        Part("light runs", gb_seconds("light", measured, months), "GB-seconds", prices["lambda_gb_second"]),
        Part("full runs", full_gb_s, "GB-seconds", prices["lambda_gb_second"]),
        Part("invocations", runs, "invocations", prices["lambda_request"]),
        Part("schedules", 64 * hours, "events", prices["schedule"]),
        Part("deployments", 4 * DEPLOYMENTS_A_DAY * hours / 24, "state transitions", prices["state_transition"]),
        Part("S3, writing", counted("s3:PutObject", "s3:ListObjectsV2"), "PUT", prices["s3_put"]),
        Part("S3, history", HISTORY_OBJECTS * _histories_between_full_runs(hours), "PUT", prices["s3_put"]),
        Part(
            "S3, reading", counted("s3:GetObject", "s3:HeadObject", "s3:GetBucketEncryption"), "GET", prices["s3_get"]
        ),
        Part("S3, keeping", counted("kept_bytes") / _GB * kept_months, "GB", prices["s3_gb_month"]),
        Part("S3, tags", counted("kept_objects") * kept_months, "tags", prices["s3_tag_month"]),
        Part("GetMetricData", counted("metrics_asked"), "metrics", prices["metric_asked"]),
        Part(
            "reading the keys", reads_of_keys + counted("secretsmanager:DescribeSecret"), "calls", prices["secret_call"]
        ),
        Part("log", log_gb, "GB", prices["log_gb"]),
        Part("traces", traced, "traces", prices["trace"]),
    )


def _histories_between_full_runs(hours: float) -> float:
    """How often light runs write the history, which the median of what they ask does not show; full runs always do."""
    between_full_runs = math.ceil(timedelta(minutes=15) / WRITTEN_EVERY) - 1
    return 4 * hours * between_full_runs


def gb_seconds(kind: str, measured: Measured, months: dict[str, float]) -> float:
    """What Lambda bills for all runs of a kind: their memory, for as long as they last."""
    memory_mb: int = resource(_FUNCTIONS[kind])["MemorySize"]
    return months[kind] * memory_mb / 1024 * billed_s(kind, measured)


def billed_s(kind: str, measured: Measured) -> float:
    """How long a run lasts on Lambda: waiting as measured, computing by its share."""
    memory_mb: int = resource(_FUNCTIONS[kind])["MemorySize"]
    wall_s, cpu_s = measured[kind]["wall_s"], measured[kind]["cpu_s"]
    slower: float = max(1.0, ONE_PROCESSOR_MB / memory_mb)
    return float(max(0.0, wall_s - cpu_s) + cpu_s * slower)


def beside(measured: Measured, prices: dict[str, Any], endpoints: int) -> dict[str, float]:
    """What the bill leaves out, as the canary's price does: each way out, and what it is compared with."""
    months, hours = runs_a_month(prices), prices["hours_a_month"]
    traffic_gb = sum(months[kind] * measured[kind]["counts"]["network_bytes"] for kind in months) / _GB
    return {
        "canary_usd": 60 / CANARY_EVERY_MINUTES * hours * prices["canary_run"],
        "dashboard_usd": prices["dashboard"],
        "traffic_gb": traffic_gb,
        "nat_gateway_usd": hours * prices["nat_hour"],  # in one zone, where the platform has none
        "nat_traffic_usd": traffic_gb * prices["nat_gb"],
        "endpoint_usd": hours * prices["endpoint_hour"],  # each, in one zone
        "all_endpoints_in_two_zones_usd": 2 * endpoints * hours * prices["endpoint_hour"],
    }
