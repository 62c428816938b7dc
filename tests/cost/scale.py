"""What a fleet costs and uses by its size: what one target's runs were measured to take and ask, times the fleet. Pure.

``python -m tests.cost.scale`` prints the tables of docs/scale.md; with ``--keep`` it writes them there.
"""

import argparse
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from registry_monitor.outputs.fleet_metrics import FLEET_METRICS
from registry_monitor.outputs.metrics import METRICS
from tests.cost.bill import CANARY_EVERY_MINUTES, LAMBDAS_LINES_BYTES, ONE_PROCESSOR_MB, billed_s, load_prices
from tests.cost.measure import Measured
from tests.template.stack import ROOT, load_template, resource

SIZES = (10, 500, 10_000)
SCALE = ROOT / "docs/scale.md"
MEASURED = ROOT / "tests/cost/measured.json"
TABLE = "(?<=<!-- {name} -->\n\n)[^<]*?(?=\n\n<!-- end -->)"
STAGGERED_OVER_S = 45  # of a minute, as the manifest's delays are
LONGEST_WAIT_S = 45  # a batch lasts as long as its last target's second
EXPRESS_GB = 64 / 1024  # AWS Step Functions pricing: 50 MB, and little more here; billed in steps of 64 MB
PARENTS_TRANSITIONS = 4  # begin, map, roll-up, end; an upper bound of what AWS counts
# Computing that a run of a fleet has and the measured one had not: a warm function knows the text of one target, and of
# thousands it does not. Of the packaged file, the median of twelve on the machine of measured.json.
READ_TARGET_CPU_S = 0.04
ROLL_UP_CPU_S = (0.1, 0.00005)  # for the pages, and for each target; on the same machine, of 1,000 and 10,000
_GB = 1e9
_FLEET = load_template(ROOT / "fleet.yaml")["Resources"]
_MAP = _FLEET["Fleet"]["Properties"]["Definition"]["States"]["VisitTargets"]
BATCH: int = _MAP["ItemBatcher"]["MaxItemsPerBatch"]
RUNS_A_MONTH = {"light": 60.0, "full": 4.0}  # an hour; times the hours of a month
_MEMORY_MB = {"light": "LightFunction", "full": "MonitorFunction"}


@dataclass(frozen=True)
class Limit:
    """A limit of AWS for an account in a region: so many a second, and what each run asks of it."""

    name: str
    a_second: float
    light: float
    full: float
    source: str
    is_verified: bool = True  # the page's own text was at hand; else the figure is as we know it

    def used(self, targets: int) -> float:
        """A second, while the light runs of a minute and the full ones of a quarter begin side by side."""
        return targets * (self.light + self.full) / STAGGERED_OVER_S

    def targets(self, asked: float) -> int | None:
        """How many targets of one account stay below it, each of whose runs asks so much; null: any number."""
        return math.floor(self.a_second * STAGGERED_OVER_S / asked) if asked else None


def month(targets: int, measured: Measured, prices: dict[str, Any], *, critical: int = 0) -> dict[str, float]:
    """By part, what a fleet costs in a month, in US dollars; ``critical``: how many of its targets have own series."""
    hours: float = prices["hours_a_month"]
    runs = {kind: each * hours * targets for kind, each in RUNS_A_MONTH.items()}
    children = {kind: each * hours * math.ceil(targets / BATCH) for kind, each in RUNS_A_MONTH.items()}
    executions = sum(RUNS_A_MONTH.values()) * hours

    def asked(*names: str) -> float:
        return sum(runs[kind] * measured[kind]["counts"].get(name, 0) for kind in runs for name in names)

    seconds = {kind: LONGEST_WAIT_S + run_s(kind, measured) for kind in runs}
    gb_s = {kind: runs[kind] * _memory_gb(kind) * run_s(kind, measured) for kind in runs}
    roll_ups_s = executions * sum(each * of for each, of in zip(ROLL_UP_CPU_S, (1, targets), strict=True))
    log_gb = (asked("log_bytes") + sum(runs.values()) * LAMBDAS_LINES_BYTES) / _GB
    alarms = sum(each["Type"].endswith("::Alarm") for each in _FLEET.values())
    return {
        "Lambda, light runs": gb_s["light"] * prices["lambda_gb_second"],
        "Lambda, full runs": gb_s["full"] * prices["lambda_gb_second"],
        "Lambda, roll-up": roll_ups_s * ONE_PROCESSOR_MB / 1024 * prices["lambda_gb_second"],
        "Lambda, requests": sum(runs.values()) * prices["lambda_request"],
        "Step Functions, transitions": (executions * PARENTS_TRANSITIONS + sum(children.values()))
        * prices["state_transition"],
        "Step Functions, Express requests": sum(children.values()) * prices["express_request"],
        "Step Functions, Express waiting": sum(children[kind] * EXPRESS_GB * seconds[kind] for kind in runs)
        * prices["express_gb_second"],
        "S3, writing": asked("s3:PutObject", "s3:ListObjectsV2") * prices["s3_put"],
        "S3, reading": (asked("s3:GetObject", "s3:HeadObject", "s3:GetBucketEncryption") + sum(runs.values()))
        * prices["s3_get"],
        "S3, keeping 90 days": 3 * asked("kept_bytes") / _GB * prices["s3_gb_month"],
        "S3, tags for 90 days": 3 * asked("kept_objects") * prices["s3_tag_month"],
        "Secrets": targets * prices["secret"]
        + (sum(runs.values()) + asked("secretsmanager:DescribeSecret")) * prices["secret_call"],
        "CloudWatch, asking": asked("metrics_asked") * prices["metric_asked"],
        "CloudWatch, log": log_gb * prices["log_gb"],
        "CloudWatch, series": (len(FLEET_METRICS) + critical * len(METRICS)) * prices["metric"],
        "CloudWatch, alarms": alarms * prices["metric_alarm"],
        "X-Ray": 0.05 * sum(runs.values()) * prices["trace"],
    }


def run_s(kind: str, measured: Measured) -> float:
    """How long a run of a fleet lasts on Lambda."""
    return billed_s(kind, measured) + READ_TARGET_CPU_S * ONE_PROCESSOR_MB / (1024 * _memory_gb(kind))


def waiting_alone(prices: dict[str, Any], measured: Measured) -> dict[str, float]:
    """What Step Functions costs for a target in a month by how the starts are staggered, in US dollars."""
    runs = sum(RUNS_A_MONTH.values()) * prices["hours_a_month"]
    mean_s = STAGGERED_OVER_S / 2 + run_s("light", measured)
    express = prices["express_request"] + EXPRESS_GB * mean_s * prices["express_gb_second"]
    whole_s = LONGEST_WAIT_S + run_s("light", measured)
    batch = prices["express_request"] + EXPRESS_GB * whole_s * prices["express_gb_second"]
    return {
        "a Standard child each, which waits": runs * 4 * prices["state_transition"],
        "an Express child each, which waits": runs * (prices["state_transition"] + express),
        "the function waits itself": runs * mean_s * _memory_gb("light") * prices["lambda_gb_second"],
        f"an Express child for {BATCH}, in which each waits": runs * (prices["state_transition"] + batch) / BATCH,
    }


def canaries(targets: int, prices: dict[str, Any], every_minutes: int) -> float:
    """One CloudWatch canary for each target: its runs alone, without the Lambda, S3 and logs that it adds."""
    return float(targets * 60 / every_minutes * prices["hours_a_month"] * prices["canary_run"])


def limits(measured: Measured) -> tuple[Limit, ...]:
    """What an account allows, beside what runs were counted to ask."""

    def of(*names: str) -> dict[str, float]:
        return {kind: sum(measured[kind]["counts"].get(name, 0) for name in names) for kind in ("light", "full")}

    balancing = [name for name in measured["full"]["counts"] if name.startswith("elbv2:")]
    return (
        Limit("ELB, Describe*", 10, **of(*balancing), source="ELB user guide, Request throttling: 40, and 10 a second"),
        Limit(
            "ECS, reading services",
            20,
            **of("ecs:DescribeServices"),
            source="ECS developer guide, Request throttling: 100, and 20 a second",
            is_verified=False,
        ),
        Limit(
            "ECS, reading tasks",
            20,
            **of("ecs:DescribeTasks", "ecs:ListTasks"),
            source="ECS developer guide, Request throttling: 100, and 20 a second",
            is_verified=False,
        ),
        Limit(
            "Secrets Manager, GetSecretValue",
            10_000,
            light=1,  # a function keeps the keys of a target for five minutes, but meets another one next
            full=1,
            source="What's New of 4 March 2025: 10,000 a second",
        ),
        Limit(
            "STS, AssumeRole",
            600,
            light=1,
            full=1,
            source="IAM user guide, IAM and STS quotas: 600 a second",
            is_verified=False,
        ),
        Limit(
            "S3, writing, of one prefix",
            3500,
            **of("s3:PutObject"),
            source="S3 user guide, Optimizing performance: 3,500 a second of each prefix",
            is_verified=False,
        ),
        Limit(
            "CloudWatch Logs, PutLogEvents",
            5000,
            light=1,
            full=1,
            source="CloudWatch Logs quotas: 5,000 a second",
            is_verified=False,
        ),
    )


def concurrency(targets: int, measured: Measured) -> dict[str, float]:
    """How many runs there are at once: on a usual minute, while full runs go on, and if every target hung."""
    usual = targets / STAGGERED_OVER_S * run_s("light", measured)
    with_full = usual + targets / STAGGERED_OVER_S * run_s("full", measured)
    hanging_s = 45.0  # a light run ends within it whatever hangs (docs/operations.md)
    return {"light": usual, "with full": with_full, "hanging": targets * min(1.0, hanging_s / STAGGERED_OVER_S)}


def _memory_gb(kind: str) -> float:
    memory_mb: int = resource(_MEMORY_MB[kind])["MemorySize"]
    return memory_mb / 1024


def tables(measured: Measured) -> dict[str, str]:
    """Name → Markdown table."""
    prices = load_prices()
    return {
        "cost": _cost_table(measured, prices),
        "waiting": _table(
            ("How", "A target and month"),
            [(how, f"{usd:.2f}") for how, usd in waiting_alone(prices, measured).items()],
        ),
        "limits": _limits_table(measured),
        "concurrency": _table(
            ("Targets", "Usual minute", "While full runs go on", "If every target hung"),
            [(f"{size:,}", *(f"{each:,.0f}" for each in concurrency(size, measured).values())) for size in SIZES],
        ),
    }


def _cost_table(measured: Measured, prices: dict[str, Any]) -> str:
    months = {size: month(size, measured, prices) for size in SIZES}
    rows: list[tuple[str, ...]] = [
        (part, *(f"{months[size][part]:,.2f}" for size in SIZES)) for part in months[SIZES[0]]
    ]
    totals = {size: sum(parts.values()) for size, parts in months.items()}
    rows.append(("**Together**", *(f"**{totals[size]:,.2f}**" for size in SIZES)))
    rows.append(("**A target**", *(f"**{totals[size] / size:.2f}**" for size in SIZES)))
    for every, told in ((CANARY_EVERY_MINUTES, f"every {CANARY_EVERY_MINUTES} minutes"), (1, "each minute")):
        rows.append((f"One canary each, {told}", *(f"{canaries(size, prices, every):,.2f}" for size in SIZES)))
    return _table(("Part", *(f"{size:,} targets" for size in SIZES)), rows)


def _limits_table(measured: Measured) -> str:
    rows = [
        (
            limit.name,
            f"{limit.a_second:,.0f}",
            f"{limit.light:g} / {limit.full:g}",
            *(f"{limit.used(size):,.1f}" for size in SIZES),
            *(_count(limit.targets(asked)) for asked in (limit.light, limit.full)),
            limit.source + ("" if limit.is_verified else " (not looked up)"),
        )
        for limit in sorted(limits(measured), key=lambda each: each.targets(each.light + each.full) or 0)
    ]
    head = ("Limit of an account", "A second", "A light / full run asks", *(f"{size:,}" for size in SIZES))
    return _table((*head, "Targets, light runs", "Targets, full runs", "Source"), rows)


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _table(head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = tuple(head)
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Print the tables, or write them into docs/scale.md."""
    parser = argparse.ArgumentParser(prog="python -m tests.cost.scale", description="A fleet by its size.")
    parser.add_argument("--keep", action="store_true", help="write docs/scale.md anew")
    made = tables(json.loads(MEASURED.read_text(encoding="utf-8")))
    if parser.parse_args().keep:
        text = SCALE.read_text(encoding="utf-8")
        for name, table in made.items():
            pattern = re.compile(TABLE.format(name=name), re.DOTALL)
            text = pattern.sub(lambda _, table=table: table, text)  # type: ignore[misc]
        SCALE.write_text(text, encoding="utf-8")
    print("\n\n".join(made.values()))


if __name__ == "__main__":
    main()
