"""Answers of CloudWatch Logs."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from registry_monitor.inventory.deep_facts import LogLine, LogTail
from registry_monitor.inventory.parsing import secrecy

LINES_KEPT = 50
_CHARACTERS_KEPT = 300


def tail(group: str, events: Iterable[Mapping[str, Any]]) -> LogTail:
    """FilterLogEvents, in any order: the newest lines, oldest first, without what looks like a secret."""
    newest = sorted(events, key=lambda event: event["timestamp"])[-LINES_KEPT:]
    return LogTail(group=group, lines=tuple(_line(event) for event in newest))


def _line(event: Mapping[str, Any]) -> LogLine:
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    return LogLine(at=at, text=secrecy.redact(event["message"].rstrip())[:_CHARACTERS_KEPT])
