"""The last full verdict, which stands until the next one: what light runs tell again, and what they ask again. Pure.

A full run comes every quarter of an hour, an alarm looks each minute. So each light run emits the last full verdict
again, until another full run supersedes it or it is ``STANDS_S`` old. What failed in it is asked again by the light
runs, ``REPEATS`` times at most; what is right then no longer counts. A light run only mends the verdict: what it finds
wrong itself is told by its own figures.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from registry_monitor.model import DAYS_LEFT, FLOWS, ROUTINE, Check, Depth, Document, Result, Score, Status, SuiteName
from registry_monitor.run import Run

STANDS_S = 35 * 60  # two full runs may be lost before nothing is known any more
REPEATS = 15  # one each minute until the next full run
# In these suites a light run leaves out what it may not ask: whole flows, and deliberate bad keys.
_ASKED_IN_PART = FLOWS | {SuiteName.AUTHENTICATION}
MOST_REPEATED = 40  # checks of one light run, which has 30 s; the others follow when these are right


class StandingCheck(Document):
    """What is kept of a result."""

    status: Status
    blocked_by: str | None = None
    is_security_failure: bool = False
    leftovers: int = 0
    latency_ms: float | None = None
    days_left: float | None = None  # of a certificate


class StandingSuite(Document):
    """One suite, as a full run saw it, mended since. The end-to-end suite is asked less often than the others."""

    run_id: str
    ended_at: datetime
    checks: dict[str, StandingCheck]

    @property
    def score(self) -> Score:
        """The score of what is known of it."""
        return Score.of(self.checks.values())


class StandingVerdict(Document):
    """The verdict that stands. ``repeats_left``: how many light runs may yet ask again what failed."""

    schema_version: Literal["1"] = "1"
    repeats_left: int = 0
    suites: dict[SuiteName, StandingSuite] = Field(default_factory=dict)

    @classmethod
    def of(cls, run: Run) -> "StandingVerdict":
        """The verdict of one run alone. What is the monitor's own fault, or excused, is not known of the platform."""
        ended_at, uncounted = ended(run), run.own_failures | run.excused
        by_suite = {
            suite: StandingSuite(
                run_id=run.run_id,
                ended_at=ended_at,
                checks={
                    each.check_id: StandingCheck(status=Status.UNKNOWN) if each.check_id in uncounted else _kept(each)
                    for each in run.results
                    if each.suite is suite
                },
            )
            for suite in run.trigger.suites
        }
        return cls(repeats_left=REPEATS, suites=by_suite)

    def at(self, now: datetime) -> "StandingVerdict":
        """What of it still stands at a time."""
        oldest = now - timedelta(seconds=STANDS_S)
        current = {suite: each for suite, each in self.suites.items() if each.ended_at >= oldest}
        return self.model_copy(update={"suites": current})

    def superseded_by(self, run: Run) -> "StandingVerdict":
        """With the suites of a newer full run in the place of older ones."""
        newer = StandingVerdict.of(run)
        return newer.model_copy(update={"suites": self.suites | newer.suites})

    def mended_by(self, results: Iterable[Result]) -> "StandingVerdict":
        """With what is right now, of what was not; what could not be found out mends nothing.

        What was kept from being asked by a check that is right now is UNKNOWN: nobody has asked it since. So is what
        no light run may ask, where it failed with a check of a light run that is right now; open doors stay open.
        """
        results = tuple(results)
        asked = {result.check_id for result in results}
        right = {result.check_id: _kept(result) for result in results if result.status.is_passed}
        suites = {
            name: suite.model_copy(
                update={"checks": _mended(suite.checks, right, asked if name in _ASKED_IN_PART else None)}
            )
            for name, suite in self.suites.items()
        }
        repeats = any(result.depth is Depth.FULL for result in results)
        return self.model_copy(update={"suites": suites, "repeats_left": self.repeats_left - repeats})

    def to_repeat(self, checks: Sequence[Check]) -> frozenset[str]:
        """Which checks a light run asks beside its own: some that failed, and what they wait for.

        Not those that need mlflow and sklearn, do harm to a platform in trouble, or send a deliberate bad key.
        """
        if self.repeats_left <= 0:
            return frozenset()
        listed = {check.id: check for check in checks}
        wanted: set[str] = set()
        for name in self._failed_by_weight:
            together = _with_prerequisites(name, listed)
            if all(_is_repeatable(listed[each]) for each in together):
                wanted |= together
            if len(wanted) >= MOST_REPEATED:
                break
        return frozenset(wanted)

    @property
    def checks(self) -> Mapping[str, StandingCheck]:
        """All that stands, by the id of the check."""
        return {name: check for suite in self.suites.values() for name, check in suite.checks.items()}

    @property
    def failed(self) -> tuple[str, ...]:
        """The checks that were asked and wrong, in the order in which they are listed."""
        return tuple(name for name, check in self.checks.items() if check.status is Status.FAIL)

    @property
    def _failed_by_weight(self) -> tuple[str, ...]:
        """Those first that page: the others wait until there is room."""
        keys = self.suites.get(SuiteName.AUTHENTICATION)
        return tuple(sorted(self.failed, key=lambda name: keys is None or name not in keys.checks))


def ended(run: Run) -> datetime:
    """When a run had its verdict."""
    return run.started_at + timedelta(milliseconds=run.duration_ms)


def stands_after(kept: StandingVerdict | None, run: Run) -> StandingVerdict | None:
    """The verdict that stands when a run on schedule, or after a deployment, has ended; None: none is known.

    Other runs, and parts, have none but their own: they are made for other reasons.
    """
    if run.trigger.reason not in ROUTINE:
        return None
    current = kept.at(ended(run)) if kept else None
    if run.trigger.depth is Depth.LIGHT:
        return current and current.mended_by(run.results)
    if not run.is_full:
        return None
    return current.superseded_by(run) if current else StandingVerdict.of(run)


def light_checks(listed: Sequence[Check], standing: StandingVerdict | None) -> tuple[Check, ...]:
    """The checks of a light run: its own first, so that nothing delays them; then what is asked again.

    These are vital to it: whether they still fail is what on-call waits for.
    """
    own = [check for check in listed if check.depth is Depth.LIGHT]
    again = standing.to_repeat(listed) if standing else frozenset()
    asked_again = (check for check in listed if check.id in again and check.depth is not Depth.LIGHT)
    return (*own, *(replace(check, is_vital=True) for check in asked_again))


def _kept(result: Result) -> StandingCheck:
    return StandingCheck(
        status=result.status,
        blocked_by=result.blocked_by,
        is_security_failure=result.is_security_failure,
        leftovers=len(result.leftovers),
        latency_ms=result.latency_ms,
        days_left=days if isinstance(days := result.evidence.get(DAYS_LEFT), int | float) else None,
    )


def _mended(
    checks: Mapping[str, StandingCheck], right: Mapping[str, StandingCheck], asked: Collection[str] | None
) -> dict[str, StandingCheck]:
    """``asked``: what the light run has asked, in a suite of which it may not ask all; else None."""
    is_cause_gone = any(check.status is Status.FAIL and name in right for name, check in checks.items())
    mended = {}
    for name, check in checks.items():
        is_freed = check.status is Status.BLOCKED and check.blocked_by in right
        is_left_out = is_cause_gone and asked is not None and name not in asked and not check.is_security_failure
        if check.status.is_passed:
            mended[name] = check
        elif name in right:
            mended[name] = right[name]
        elif check.status.is_not_passed and (is_freed or is_left_out):
            mended[name] = StandingCheck(status=Status.UNKNOWN)
        else:
            mended[name] = check
    return mended


def _with_prerequisites(name: str, listed: Mapping[str, Check]) -> set[str]:
    """A check and all that it waits for; empty where it is not listed any more."""
    if name not in listed:
        return set()
    return {name}.union(*(_with_prerequisites(each, listed) for each in listed[name].after))


def _is_repeatable(check: Check) -> bool:
    is_own = check.depth is Depth.LIGHT  # a light run asks it anyway
    may_be = not (check.suite in FLOWS or check.only_when_well or check.always or check.sends_bad_key)
    return is_own or may_be
