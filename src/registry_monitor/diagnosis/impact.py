"""Whom a cause hurts, and how: told from the checks that it explains."""

from collections.abc import Iterable

from registry_monitor.diagnosis.evidence import Evidence


def impact_of(explained: Iterable[str], evidence: Evidence) -> tuple[str, ...]:
    """What each group of users cannot do, in one clause each."""
    return ()
