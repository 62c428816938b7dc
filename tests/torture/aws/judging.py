"""What came of a fault run of AWS: nothing may be said of the platform that is not said where AWS answers."""

import json
from collections.abc import Iterator, Mapping

from registry_monitor.finding import Confidence, Finding, FindingState
from registry_monitor.inventory.paging import MOST_PAGES
from registry_monitor.model import Status
from registry_monitor.run import Run
from tests.torture.aws.layer import AwsLayer
from tests.torture.one_run import LIGHT_ENDS_WITHIN_S, Handled
from tests.torture.outcome import Outcome

TRIES = 2  # of each call, the first among them: inventory/aws.py
TIME_S = 120.0  # of the function
_MORE_CALLS = 10  # than where all is well, of one operation: other keys, and what is read in depth
_OWN_ERRORS = ("PublishError", "StateError")  # what the function may end with, once it has told its metrics
_STATE = "/state/"


def judged(made: Handled, calm: Handled, layer: AwsLayer, calm_calls: Mapping[str, int]) -> Outcome:
    """Judge a run by a ``calm`` one: the same event on the same platform, while AWS answers."""
    untrue = tuple(_untrue(made.run, calm.run)) if made.run and calm.run else ()
    in_time = made.seconds <= (LIGHT_ENDS_WITHIN_S if _is_light(made) else TIME_S)
    is_own = made.error is None or made.error.startswith(_OWN_ERRORS)
    has_metrics = '"_aws"' in made.outputs["stdout"]
    return Outcome(
        survived=is_own and has_metrics and in_time and not made.defects,
        right=not untrue,
        lost=tuple(_lost(made, calm)),
        harmed=tuple(_over_budget(layer, calm_calls)),
        told=_told(made, (*untrue, *made.defects)),
        figures={"seconds": made.seconds, "calls": layer.calls.total(), "tries": max(layer.tries.values(), default=0)},
    )


def _untrue(run: Run, calm: Run) -> Iterator[str]:
    """What is held against the platform, and is not where AWS answers; and what is not said any more."""
    known = {result.check_id: result for result in calm.results}
    for result in run.results:
        before = known.get(result.check_id)
        was_wrong = before is not None and before.status.is_not_passed
        if result.status.is_not_passed and not was_wrong:
            yield f"{result.check_id} is {result.status}: {result.seen}"
        if result.status.is_passed and was_wrong and before and before.status is Status.FAIL:
            yield f"{result.check_id} is {result.status}, and fails where AWS answers: {result.seen}"
    keys = {finding.key for finding in calm.findings}
    for finding in run.findings:
        if finding.key not in keys and not (finding.is_monitors_own or _is_guess(finding)):
            yield f"{finding.kind} is {finding.state} ({finding.confidence}): {finding.statement}"


def _is_guess(finding: Finding) -> bool:
    """Whether it says no more than that what fails, fails."""
    return finding.state is FindingState.SUSPECTED and finding.confidence is Confidence.SYMPTOM


def _lost(made: Handled, calm: Handled) -> Iterator[str]:
    """Documents that cannot be read, state that has become less; and a report, unless that was told as an error."""
    for place, text in made.outputs.items():
        if place.endswith(".json") and not _is_json(text):
            yield f"{place} is no JSON"
    if made.error is None and calm.run is not None and made.run is None:
        yield "run.json"
    for place, text in calm.outputs.items():
        if _STATE in place and len(made.outputs.get(place, "")) < len(text) * 0.9:
            yield f"{place} had {len(text)} characters, and has {len(made.outputs.get(place, ''))}"


def _over_budget(layer: AwsLayer, calm_calls: Mapping[str, int]) -> Iterator[str]:
    if layer.tries and (most := max(layer.tries.values())) > TRIES:
        yield f"{most} tries of one call"
    for name, calls in layer.calls.items():
        calm = calm_calls.get(name, 0)
        if calls > max(TRIES * (calm + _MORE_CALLS), MOST_PAGES * calm):
            yield f"{calls} calls of {name}, {calm} where all is well"


def _is_light(made: Handled) -> bool:
    return made.run is not None and made.run.trigger.depth == "light"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _told(made: Handled, untrue: tuple[str, ...]) -> str:
    verdict = made.run.verdict if made.run else "not stored"
    return f"{verdict} after {made.seconds} s; {made.error or 'no error'}; {'; '.join(untrue) or 'all of it true'}"
