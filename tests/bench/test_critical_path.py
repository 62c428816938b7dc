"""The bound that a run is held against, on runs that are worked out by hand."""

import pytest

from tests.bench.critical_path import ALLOWED_S, Chain, host_bound_s, longest_chain, over_bound


def run(**lasts_ms: float) -> dict[str, object]:
    """Checks a, b behind a, c behind a, d behind b and c, e alone; with how long each took."""
    waits_for: dict[str, tuple[str, ...]] = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()}
    checks = [{"id": name, "waits_for": waits_for[name], "duration_ms": each} for name, each in lasts_ms.items()]
    return {"checks": checks, "requests": {"api": 12, "auth": 3}}


def test_longest_chain__of_medians() -> None:
    """The chain through the slower of two branches; one slow outlier moves no median."""
    runs = [run(a=100, b=10, c=50, d=200, e=300), run(a=100, b=10, c=50, d=200, e=300)]
    runs.append(run(a=100, b=9000, c=50, d=200, e=300))
    found = longest_chain(runs)
    assert found.checks == ("a", "c", "d")
    assert found.seconds == pytest.approx(0.35)


def test_longest_chain__whatever_the_order_of_the_results() -> None:
    """A result may stand before those that its check has waited for."""
    told = run(a=100, b=10, c=50, d=200, e=300)
    assert longest_chain([{**told, "checks": told["checks"][::-1]}]).checks == ("a", "c", "d")  # type: ignore[index]


def test_longest_chain__may_be_one_check() -> None:
    """A slow check for which nothing waits is a chain of its own."""
    assert longest_chain([run(a=1, b=1, c=1, d=1, e=5000)]).checks == ("e",)


def test_host_bound__of_the_busiest_host() -> None:
    """Twelve requests, four at a time, are three round trips."""
    assert host_bound_s(run(a=1), 0.1, 4) == pytest.approx(0.3)


def test_over_bound__takes_the_larger_bound() -> None:
    """The wall time, less what is allowed, over the chain or the host."""
    assert over_bound(ALLOWED_S + 3.0, Chain(("a",), 2.0), 1.0) == pytest.approx(1.5)
    assert over_bound(ALLOWED_S + 3.0, Chain(("a",), 2.0), 6.0) == pytest.approx(0.5)
