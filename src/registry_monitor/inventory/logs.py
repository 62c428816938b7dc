"""The last lines that the containers of a service have logged."""

import time
from typing import Any

from registry_monitor.inventory.deep_facts import LogTail
from registry_monitor.inventory.parsing import logs as parsing

FILTER_EVENTS = "logs:FilterLogEvents"

_WINDOW_S = 3600  # a task that does not start anew logs nothing: its last words may be old
_PAGES = 5  # one may be empty while there are more (CloudWatch Logs API Reference, FilterLogEvents)


def read_tail(client: Any, group: str, stream_prefix: str | None) -> LogTail:
    """The newest lines of the last hour, of the streams that begin so."""
    asked: dict[str, Any] = {"logGroupName": group, "startTime": round((time.time() - _WINDOW_S) * 1000)}
    if stream_prefix:
        asked["logStreamNamePrefix"] = stream_prefix
    events: list[dict[str, Any]] = []
    for _ in range(_PAGES):
        try:
            page = client.filter_log_events(**asked, startFromHead=False)
        except client.exceptions.ResourceNotFoundException:
            return LogTail(group=group, group_exists=False, lines=())
        events.extend(page["events"])
        asked["nextToken"] = page.get("nextToken")
        if len(events) >= parsing.LINES_KEPT or asked["nextToken"] is None:
            break
    return parsing.tail(group, events)
