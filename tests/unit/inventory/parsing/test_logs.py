"""Lines of a log: the newest, short, and without what looks like a secret."""

from datetime import UTC, datetime

from registry_monitor.inventory.parsing import logs


def event(at_ms: int, message: str) -> dict[str, object]:
    return {"timestamp": at_ms, "message": message}


def test_tail__of_events_in_any_order() -> None:
    """The newest 50 lines are kept, oldest first; lines of the same millisecond stay in their order."""
    newest_first = [event(at_ms, f"line {at_ms}") for at_ms in range(60, 0, -1)]
    tail = logs.tail("/ecs/api", [*newest_first, event(60, "last")])
    texts = [line.text for line in tail.lines]
    assert (len(texts), texts[0], texts[-2:]) == (50, "line 12", ["line 60", "last"])
    assert tail.lines[-1].at == datetime(1970, 1, 1, 0, 0, 0, 60_000, UTC)


def test_tail__of_a_long_line() -> None:
    """A line is cut after its secrets are redacted, so that no half of one is left."""
    password = "fake-password"
    tail = logs.tail("/ecs/api", [event(1, f"{'x ' * 145}password={password} and more\n")])
    assert len(tail.lines[0].text) == 300
    assert "fake" not in tail.lines[0].text
