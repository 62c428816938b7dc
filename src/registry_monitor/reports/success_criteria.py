"""What the platform's own people called a success, as a list to tick off: each criterion judged by checks of the run.

Sources: "Success Criteria" of the Model Registration Testing Flow Mapping and of both product requirements documents,
told one by one in docs/requirements.md. Limits are those of the target.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from registry_monitor.model import Status, SuiteName
from registry_monitor.reports.templating import pct
from registry_monitor.run import Run

_LONGEST_RUN_S = 600  # PRD Infrastructure, performance requirements: the whole within ten minutes


@dataclass(frozen=True)
class Criterion:
    """One criterion. ``is_met``: null where it could not be found out, or was not asked. ``seen``: what decided it."""

    group: str
    told: str
    is_met: bool | None
    seen: str


def success_criteria(run: Run) -> tuple[Criterion, ...]:
    """All of them, in the order of their groups."""
    return tuple(_infrastructure(run)) + tuple(_authentication(run)) + tuple(_registration(run)) + tuple(_whole(run))


def _infrastructure(run: Run) -> Iterator[Criterion]:
    passing = _by_checks(run, "Infrastructure health")
    count = len(run.target.services)
    yield passing(f"All {count} ECS services run their tasks", "infrastructure_health.service.*.running")
    yield passing("Their target groups are healthy", "infrastructure_health.service.*.targets")
    yield _in_budget(run)
    wanted = run.target.thresholds.infrastructure_score_pct
    yield _score(run, "Infrastructure health", SuiteName.INFRASTRUCTURE_HEALTH, wanted)


def _authentication(run: Run) -> Iterator[Criterion]:
    passing = _by_checks(run, "Authentication")
    accepted = "authentication.accepted."
    ways = (each.check_id.rpartition(".")[2] for each in run.results if each.check_id.startswith(accepted))
    for way in dict.fromkeys(ways):
        yield passing(f"A key is accepted, sent as {way}", f"{accepted}*.{way}")
    yield passing("A key that is none is refused", "authentication.bad*")
    yield _score(run, "Authentication", SuiteName.AUTHENTICATION, run.target.thresholds.authentication_score_pct)


def _registration(run: Run) -> Iterator[Criterion]:
    passing = _by_checks(run, "Model registration")
    yield passing("An experiment is made or found", "model_registration_flow.experiment")
    yield passing("A run is logged", "model_registration_flow.run")
    yield passing("A model is registered", "model_registration_flow.register")
    yield passing("Its artifact is stored and comes back whole", "model_registration_flow.artifact")
    yield passing("The model is found again", "model_registration_flow.retrieve")
    yield passing("All of it within the time that the target gives it", "model_registration_flow.duration")
    yield passing("Each way to MLflow leads to its registry", "mlflow_routing.*.registry")


def _whole(run: Run) -> Iterator[Criterion]:
    suites, there = len(run.suite_scores), len(SuiteName) - 1  # that on demand is none of the nine
    yield Criterion("The run", f"All {there} suites are asked", suites >= there or None, f"{suites} were")
    took_s = run.duration_ms / 1000
    yield Criterion("The run", "It ends within ten minutes", took_s <= _LONGEST_RUN_S, f"{took_s:.1f} s")


def _by_checks(run: Run, group: str) -> Callable[[str, str], Criterion]:
    """What makes a criterion of the checks whose ids a pattern matches: met when all that were asked passed."""

    def criterion(told: str, pattern: str) -> Criterion:
        matched = [each for each in run.results if fnmatchcase(each.check_id, pattern)]
        asked = [each for each in matched if each.status is not Status.SKIPPED]
        wrong = [each for each in asked if each.status.is_not_passed]
        unknown = [each for each in asked if each.status is Status.UNKNOWN]
        if not asked:
            return Criterion(group, told, None, "not asked in this run")
        if wrong:
            return Criterion(group, told, False, f"{len(wrong)} of {len(asked)} not: {wrong[0].check_id}")
        if unknown:
            return Criterion(group, told, None, f"not found out: {unknown[0].check_id}")
        return Criterion(group, told, True, f"{len(asked)} of {len(asked)}")

    return criterion


def _in_budget(run: Run) -> Criterion:
    """A wrong answer that comes at once is not in time: only right ones count."""
    told, group = "Each endpoint answers rightly and in its budget (1000 ms by default)", "Infrastructure health"
    asked = [each for each in run.results if fnmatchcase(each.check_id, "infrastructure_health.endpoint.*")]
    asked = [each for each in asked if each.status not in (Status.SKIPPED, Status.UNKNOWN)]
    late = [each for each in asked if not each.status.is_passed or each.status is Status.SLOW]
    if not asked:
        return Criterion(group, told, None, "not asked in this run")
    if late:
        return Criterion(group, told, False, f"{len(late)} of {len(asked)} not: {late[0].check_id}")
    return Criterion(group, told, True, f"{len(asked)} of {len(asked)}")


def _score(run: Run, group: str, suite: SuiteName, wanted_pct: float) -> Criterion:
    told = f"The score of {suite} is {pct(wanted_pct)} or more"
    score = run.suite_scores.get(suite)
    if score is None or score.score_pct is None:
        return Criterion(group, told, None, "no data")
    return Criterion(
        group, told, score.score_pct >= wanted_pct, f"{pct(score.score_pct)}, coverage {pct(score.coverage_pct)}"
    )
