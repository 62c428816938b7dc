"""What a server writes into its log file reaches whoever follows it, line by line and bounded."""

from pathlib import Path

from tests.sandbox.processes.log_follower import LogFollower


def test_new_lines__are_handed_on(tmp_path: Path) -> None:
    """What was there before is not news, and a line that is not finished is not there yet."""
    log, taken = tmp_path / "server.log", []
    log.write_text("an old line\n")
    follower = LogFollower(log, taken.append)
    with log.open("a") as written:
        written.write("first\n\nsecond\nunfinished")
    follower.stop()
    assert "\n".join(taken) == "first\nsecond"


def test_very_many_lines__leave_the_last_ones(tmp_path: Path) -> None:
    """Of a flood the end is kept, which names the error; long lines are cut."""
    log, taken = tmp_path / "server.log", []
    follower = LogFollower(log, taken.append)
    log.write_text("".join(f"line {number}\n" for number in range(1000)) + "x" * 5000 + "\n")
    follower.stop()
    lines = "\n".join(taken).splitlines()
    assert (lines[-2], lines[-1]) == ("line 999", "x" * 1000)
    assert len(lines) == 100
