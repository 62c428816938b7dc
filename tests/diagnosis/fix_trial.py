"""Tries the first cause's fix on the world that is still broken, and asks again whether what it explains passes."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import redis

from registry_monitor.finding import Finding, FindingState
from registry_monitor.model import Status
from registry_monitor.run import Run
from tests.diagnosis.fixing.applying import apply_fix
from tests.diagnosis.fixing.outcomes import NotApplicableError, RefusedError
from tests.sandbox.sandbox import Sandbox

_PASSING = (Status.PASS, Status.FLAKY, Status.SLOW)


@dataclass(frozen=True)
class FixTrial:
    """What came of one fix. ``kind``, ``resource``: of its finding.

    ``not_applicable``: why it could not be tried; ``refused``: why AWS or Terraform did not take it.
    ``still_failing``: the explained checks that do not pass afterwards, with what they are instead.
    """

    kind: str
    resource: str
    explained: int
    not_applicable: str | None = None
    refused: str | None = None
    still_failing: tuple[str, ...] = ()

    @property
    def helps(self) -> bool | None:
        """Whether all that the finding explains passes now; null where the fix could not be tried."""
        if self.not_applicable is not None:
            return None
        return self.refused is None and not self.still_failing

    @property
    def failing_share(self) -> float:
        """How much of what is explained still fails; all of it where the fix was refused."""
        return 1.0 if self.refused is not None else len(self.still_failing) / self.explained


def try_fix(sandbox: Sandbox, run: Run, ask: Callable[[Sequence[str]], Run]) -> FixTrial | None:
    """Apply the fix of the first active finding, and ask the suites of what it explains; null where none is active."""
    finding = next((each for each in run.findings if each.state is FindingState.ACTIVE), None)
    if finding is None or not finding.explains:
        return None
    told = finding.kind, finding.resource, len(finding.explains)
    try:
        apply_fix(finding, sandbox.world)
    except NotApplicableError as error:
        return FixTrial(*told, not_applicable=str(error))
    except RefusedError as error:
        return FixTrial(*told, refused=str(error))
    sandbox.settle()
    with contextlib.suppress(redis.RedisError), sandbox.redis_client() as cache:
        cache.flushall()  # what was validated while it was broken is kept for a minute
    return FixTrial(*told, still_failing=_still_failing(finding, ask(_suites(finding))))


def _suites(finding: Finding) -> list[str]:
    return sorted({check.partition(".")[0] for check in finding.explains})


def _still_failing(finding: Finding, again: Run) -> tuple[str, ...]:
    statuses = {result.check_id: result.status for result in again.results}
    return tuple(
        f"{check} ({statuses.get(check, 'not asked')})"
        for check in finding.explains
        if statuses.get(check) not in _PASSING
    )
