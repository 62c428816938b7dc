"""What came of a fault run of the network: whether what the monitor says of the platform is true."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from registry_monitor.finding import Confidence, Finding, FindingState
from registry_monitor.model import Result, Status, Verdict
from registry_monitor.run import Run
from tests.diagnosis.history import forget_history
from tests.sandbox.sandbox import Sandbox
from tests.system.left_behind import count
from tests.torture.network.faults import Effect
from tests.torture.network.trials import Met, Trial
from tests.torture.one_run import LIGHT_ENDS_WITHIN_S, Handled, handled
from tests.torture.outcome import Outcome

_TIME_S = 120.0  # of the function
_GROWS_BY_MB = 160.0  # a light function has 512 MB, of which it needs 200 itself
_SWEPT = {"suites": ["model_registration_flow"], "depth": "full"}


def attempted(sandbox: Sandbox, trial: Trial) -> Outcome:
    """Make one fault run, and judge it."""
    forget_history(sandbox)
    before, _ = count(sandbox)
    with trial.arrange(sandbox) as met:
        made = handled(sandbox, trial.event, _TIME_S)
    after, _ = count(sandbox)
    told = tuple(untrue(trial, made.run)) if made.run else ("nothing was stored",)
    in_time = made.seconds <= (LIGHT_ENDS_WITHIN_S if trial.is_light else _TIME_S)
    return Outcome(
        survived=not (made.error or made.defects) and in_time and made.grown_mb <= _GROWS_BY_MB,
        right=not told,
        lost=() if made.run else ("run.json",),
        left=tuple(f"{after[name] - before[name]:+d} {name}" for name in after if after[name] > before[name]),
        leaked=(*made.leaked(sandbox), *_elsewhere(sandbox, met)),
        told=_told(made, told),
        figures={"seconds": made.seconds, "grown_mb": made.grown_mb},
    )


def untrue(trial: Trial, run: Run) -> Iterator[str]:
    """What the run says that is not so."""
    for result in run.results:
        is_struck = any(trial.strikes(*each) for each in _asked_of(result))
        if result.status is Status.FAIL and (not is_struck or trial.effect is Effect.HARMLESS):
            yield f"{result.check_id} is FAIL, and nothing is wrong with it: {result.seen}"
        if result.status.is_passed and is_struck and trial.effect is Effect.BROKEN and trial.is_light:
            yield f"{result.check_id} is {result.status}, and nobody can be answered there: {result.seen}"
    if trial.effect is Effect.BROKEN and run.verdict is Verdict.HEALTHY:
        yield "the run is HEALTHY"
    is_struck_of = {each.check_id: any(trial.strikes(*asked) for asked in _asked_of(each)) for each in run.results}
    for finding in run.causes:
        if finding.kind not in trial.causes and not _is_honest(finding, is_struck_of):
            yield f"{finding.kind} is {finding.state} ({finding.confidence}), and is not so: {finding.statement}"


def _is_honest(finding: Finding, is_struck_of: Mapping[str, bool]) -> bool:
    """Whether a finding says no more than that what fails, fails, or speaks of the monitor: the platform is healthy."""
    if finding.is_monitors_own:
        return True
    is_guess = finding.state is FindingState.SUSPECTED and finding.confidence is Confidence.SYMPTOM
    return is_guess and all(is_struck_of[check] for check in finding.explains)


def _asked_of(result: Result) -> list[tuple[str, str]]:
    """What a check asks: host and path of its requests, a host's TLS or name, or the store that it greets."""
    found = []
    for asked in result.asked:
        kind, _, what = asked.partition(" ")
        if "://" in what:
            parts = urlsplit(what.partition(" ")[0])
            found.append((parts.hostname or "", parts.path))
        elif kind in ("TLS", "DNS"):
            found.append((what.partition(":")[0], ""))
    if result.check_id.partition(".")[2] in ("redis.ping", "database.answers"):
        found.append((result.check_id.split(".")[1], ""))
    return found


def _elsewhere(sandbox: Sandbox, met: Met) -> list[str]:
    """What followed a redirect to another host."""
    if not met.elsewhere.connections:
        return []
    keys = sandbox.world.secrets.monitor_keys.values()
    has_key = any(key.encode() in met.elsewhere.received for key in keys)
    return [f"{met.elsewhere.connections} connections to another host{', with a key' if has_key else ''}"]


def _told(made: Handled, untrue: tuple[str, ...]) -> str:
    verdict = made.run.verdict if made.run else made.error
    untrue = (*untrue, *made.defects, *([made.error] if made.run and made.error else []))
    said = "; ".join(untrue) or "all of it true"
    return f"{verdict} after {made.seconds} s, {made.grown_mb:.0f} MB more at the peak; {said}"
