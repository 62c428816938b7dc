"""A defect of the terminal program: its trace is told, without the key that the user has set."""

import argparse

import pytest

from registry_monitor import __main__ as program
from registry_monitor.terminal.run import KEY_VARIABLE
from tests.torture.canaries import leaks

KEY = "hk_fake_user_0123456789abcdef"


def crash(options: argparse.Namespace) -> int:
    raise RuntimeError(f"headers: {{'Authorization': 'Bearer {KEY}'}}, and again {KEY.encode().hex()}")


def test_crash__is_exit_3_and_its_trace_holds_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 would accuse the platform; and a trace is what people send to each other."""
    monkeypatch.setenv(KEY_VARIABLE, f" {KEY}\n")
    monkeypatch.setitem(program._WITHOUT_TARGET, "compare", crash)
    assert program.main(["compare", "a.json", "b.json"]) == program.MONITOR_FAILED
    printed = capsys.readouterr()
    assert "RuntimeError" in printed.err
    assert leaks({"standard output": printed.out, "standard error": printed.err}, [KEY]) == ()
