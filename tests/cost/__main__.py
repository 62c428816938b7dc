"""What a target costs in a month, measured on the sandbox: ``python -m tests.cost``; it writes out/cost.json.

With ``--keep`` the figures and the table of docs/operations.md are written anew too.
"""

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.cost.bill import Part, beside, bill, billed_s, load_prices, runs_a_month
from tests.cost.measure import RUNS, Measured, measure
from tests.sandbox.sandbox import Sandbox
from tests.template.network_page import table as network_table
from tests.template.stack import ROOT

MEASURED = ROOT / "tests/cost/measured.json"
OPERATIONS = ROOT / "docs/operations.md"
TABLE = re.compile(r"(?<=<!-- make cost -->\n\n).*?(?=\n\n<!-- end -->)", re.DOTALL)


def main() -> int:
    """Measure, and tell; 1 where it costs more than one canary."""
    parser = argparse.ArgumentParser(prog="python -m tests.cost", description="What a target costs in a month.")
    parser.add_argument(
        "--keep", action="store_true", help="write tests/cost/measured.json and docs/operations.md anew"
    )
    is_kept = parser.parse_args().keep
    with Sandbox("head") as sandbox, tempfile.TemporaryDirectory() as folder:
        measured = measure(sandbox, Path(folder), RUNS)
    cost = costs(measured)
    out = ROOT / "out" / "cost.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(f"{json.dumps(cost, indent=2)}\n", encoding="utf-8")
    if is_kept:
        MEASURED.write_text(f"{json.dumps(measured, indent=2)}\n", encoding="utf-8")
        text = OPERATIONS.read_text(encoding="utf-8")
        OPERATIONS.write_text(TABLE.sub(lambda _: table(measured), text), encoding="utf-8")
    print(table(measured))
    return 0 if cost["total_usd"] <= cost["beside"]["canary_usd"] else 1


def costs(measured: Measured) -> dict[str, Any]:
    """All figures, with what they were made of."""
    prices = load_prices()
    parts = bill(measured, prices)
    interfaces = sum(row["Kind"].startswith("interface") for row in network_table("Ways to the AWS APIs").values())
    return {
        "prices_noted": str(prices["noted"]),
        "total_usd": round(total_usd(parts), 2),
        "parts": [
            {"name": each.name, "count": each.count, "unit": each.unit, "month_usd": round(each.month_usd, 4)}
            for each in parts
        ],
        "runs_a_month": runs_a_month(prices),
        "billed_s": {kind: round(billed_s(kind, measured), 2) for kind in measured},
        "beside": beside(measured, prices, interfaces),
        "measured": measured,
    }


def total_usd(parts: tuple[Part, ...]) -> float:
    """The month."""
    return sum(each.month_usd for each in parts)


def table(measured: Measured) -> str:
    """The bill as a Markdown table."""
    parts = bill(measured, load_prices())
    rows = [
        f"| {each.name} | {_count(each.count)} {each.unit} | {_price(each.price_usd)} | {each.month_usd:.2f} |"
        for each in parts
    ]
    whole = f"| **Together** | | | **{total_usd(parts):.2f}** |"
    return "\n".join(["| Part | Counted in a month | Price of one | A month |", "|---|---|---|---|", *rows, whole])


def _count(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:.2f}"


def _price(usd: float) -> str:
    """With all its digits, and two at least: 0.30, 0.0000166667."""
    return f"{usd:.2f}" if round(usd, 2) == usd else f"{usd:.10f}".rstrip("0")


if __name__ == "__main__":
    sys.exit(main())
