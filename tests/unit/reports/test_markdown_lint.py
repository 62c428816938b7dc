"""The Markdown documents pass markdownlint's rules, whatever kind of day they tell of."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pymarkdown.api import PyMarkdownApi

from registry_monitor.reports.comparing import compare
from registry_monitor.reports.documents import render
from registry_monitor.run import Cost, Run
from tests.unit.reports import diagnosed, month, samples
from tests.unit.reports.test_comparing import later

NOT_WANTED = {
    "md013": "the length of a line: tables and evidence have long ones",
    "md024": "headings that are alike: two long statements may begin with the same words",
    "md033": "inline HTML: the folded parts are <details>",
    "md034": "bare URLs: what was asked is told as it is, and GitHub links it",
    "md036": "emphasis instead of a heading: titles of short lists",
}
COST = Cost(requests={"api.example": 3}, memory_mb=1024, aws_calls={"ecs:ListTasks": 2})
DAYS: dict[str, Callable[[], Run]] = {
    "healthy": lambda: samples.healthy().model_copy(update={"cost": COST}),
    "diagnosed": diagnosed.missing_service,
    "hostile": diagnosed.hostile,
    "compared": lambda: later(
        samples.failing(), comparison=compare(samples.healthy(), later(diagnosed.missing_service()))
    ),
}


@pytest.mark.parametrize("make", DAYS.values(), ids=DAYS)
def test_documents__have_nothing_that_a_linter_minds(make: Callable[[], Run], tmp_path: Path) -> None:
    """Headings, lists, tables and code blocks stand as any reader of Markdown expects them."""
    for name, text in render(make(), month.history()).items():
        if name.endswith(".md"):
            (tmp_path / name).write_text(text, encoding="utf-8")
    linter = PyMarkdownApi()
    for rule in NOT_WANTED:
        linter = linter.disable_rule_by_identifier(rule)
    found = linter.scan_path(str(tmp_path))
    told = [
        f"{Path(each.scan_file).name}:{each.line_number} {each.rule_id} {each.rule_description}"
        for each in found.scan_failures
    ]
    assert (told, found.pragma_errors) == ([], [])
