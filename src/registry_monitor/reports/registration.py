"""What a run says about the platform's main job: can a model be registered, and how long does it take."""

from registry_monitor.model import Result, SuiteName
from registry_monitor.run import Run

SUITE = SuiteName.MODEL_REGISTRATION_FLOW
DURATION_CHECK = f"{SUITE}.duration"  # asked only when every stage has passed; its latency is the whole flow's
_STAGES = frozenset(
    f"{SUITE}.{stage}" for stage in ("train", "experiment", "run", "register", "retrieve", "artifact", "duration")
)


def registration_ms(run: Run) -> float | None:
    """Milliseconds that all stages took together; null unless the whole flow was made."""
    duration = _duration_result(run)
    return duration.latency_ms if duration is not None and duration.status.is_passed else None


def registration_sentence(run: Run) -> str:
    """Whether a model can be registered, as one sentence."""
    results = [result for result in run.results if result.suite is SUITE]
    stages = [result for result in results if result.check_id in _STAGES]
    if not stages:
        told = "Registering a model was not tried in this run."
        is_written = bool(results) and all(result.status.is_passed for result in results)
        return (
            f"{told} A write to the registry in place works, and so does fetching an artifact." if is_written else told
        )
    failed = next((result for result in stages if result.status.is_not_passed), None)
    if failed is not None:
        return f"Registering a model does not work: it stops at “{failed.subject}”."
    took_ms = registration_ms(run)
    if took_ms is None:
        return "Whether a model can be registered could not be found out."
    return f"Registering a model works, in {took_ms / 1000:.2f} s."


def _duration_result(run: Run) -> Result | None:
    return next((result for result in run.results if result.check_id == DURATION_CHECK), None)
