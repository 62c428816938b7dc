"""AWS's service authorization reference: which resources and conditions an action knows, and whether it writes."""

import json
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.template.stack import ROOT

# Newer than the copy (CloudWatch API reference, GetAlarmMuteRule and ListAlarmMuteRules, "Permissions").
_NEWER = {
    "cloudwatch:GetAlarmMuteRule": {
        "level": "Read",
        "resources": ["arn:${Partition}:cloudwatch:${Region}:${Account}:alarm-mute-rule:${Name}"],
        "conditions": [],
    },
    "cloudwatch:ListAlarmMuteRules": {"level": "List", "resources": [], "conditions": []},
}
_PRINTS = Path(__file__).with_name("reference_rows.py")


@dataclass(frozen=True)
class Action:
    """What the reference says of one action. ``resources``: ARN formats, each part that is free a ``*``."""

    level: str
    resources: tuple[str, ...]
    conditions: frozenset[str]

    @property
    def is_write(self) -> bool:
        """Whether it changes anything; the reference also has tagging and the management of permissions."""
        return self.level not in ("Read", "List")


def reference_of(actions: Iterable[str]) -> dict[str, Action]:
    """The reference's rows. Raises LookupError for an action that it does not have: misspelt, or newer."""
    wanted = sorted(set(actions))
    python = str(ROOT / ".venv-checkov/bin/python")
    done = subprocess.run([python, str(_PRINTS)], input="\n".join(wanted), capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout) | {action: row for action, row in _NEWER.items() if action in wanted}
    if unknown := [action for action in wanted if rows[action] is None]:
        raise LookupError(f"the authorization reference has no {', '.join(unknown)}")
    return {
        action: Action(
            row["level"],
            tuple(re.sub(r"\$\{\w+\}", "*", each) for each in row["resources"]),
            frozenset(row["conditions"]),
        )
        for action, row in rows.items()
    }


def meet(one: str, other: str) -> bool:
    """Whether two patterns with ``*`` and ``?`` have any text in common."""

    @cache
    def from_(at: int, other_at: int) -> bool:
        here, there = one[at : at + 1], other[other_at : other_at + 1]
        if here == "*":
            return from_(at + 1, other_at) or (bool(there) and from_(at, other_at + 1))
        if there == "*":
            return from_(at, other_at + 1) or (bool(here) and from_(at + 1, other_at))
        if not here or not there:
            return here == there
        return (here == there or "?" in (here, there)) and from_(at + 1, other_at + 1)

    return from_(0, 0)
