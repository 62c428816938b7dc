"""What is wrong with a fleet, told once: one cause behind many targets is one problem, and one page.

Two targets have the same cause where kind and resource are the same: a shared image, role or store. Where only the kind
is, it takes more of them at once: 5, or a twentieth of the fleet; or 2, where the kind is one of a whole account.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from registry_monitor.fleet.document import FleetDocument, FleetTarget
from registry_monitor.fleet.visits import TargetCause, VisitState
from registry_monitor.model import Document

PAGE_AFTER_RUNS = 3  # light runs on end: a moment's trouble at one of thousands of targets is always somewhere
# Of full runs, which ask less often: one that fails meets a blip now and then, and light runs may pass meanwhile.
_PAGE_AFTER_FULL_RUNS = 2
OF_AN_ACCOUNT = frozenset({"fargate-quota-reached", "monitor-api-throttled", "monitor-api-unreachable"})
_AT_ONCE = 5
_SHARE = 20

_Key = tuple[str, str | None]  # kind and resource; no resource: it differs by target


class Problem(Document):
    """One thing that is wrong. ``kind``: null: no cause is known; ``resource``: null where it differs by target."""

    kind: str | None
    resource: str | None
    statement: str
    targets: tuple[str, ...]
    since: datetime
    hurts: bool  # users cannot get in, or register
    pages: bool

    @property
    def is_shared(self) -> bool:
        """Whether one cause stands behind several targets."""
        return self.kind is not None and len(self.targets) > 1


def problems_of(document: FleetDocument) -> tuple[Problem, ...]:
    """The failing targets by cause, each in one problem: that of its causes that most share. What hurts first.

    A target without a cause is a problem by itself.
    """
    failing = document.of_state(VisitState.FAILING)
    causes = {target.name: _causes(target) for target in failing}
    sizes = _sizes(causes, max(_AT_ONCE, len(document.targets) // _SHARE))
    grouped: dict[_Key | str, list[FleetTarget]] = defaultdict(list)
    for target in failing:
        keys = [key for cause in causes[target.name] for key in _keys(cause) if key in sizes]
        key: _Key | str = max(keys, key=lambda each: sizes[each], default=target.name)
        grouped[key].append(target)
    listed = [_problem(key, targets, causes) for key, targets in grouped.items()]
    return tuple(sorted(listed, key=lambda each: (not each.hurts, -len(each.targets), each.since, each.targets)))


def unwatched_critical(document: FleetDocument) -> tuple[FleetTarget, ...]:
    """Critical targets of which so many light runs on end gave no verdict that it pages, whatever full ones say."""
    return tuple(
        target
        for target in document.targets
        if target.critical and target.light and target.light.silent >= PAGE_AFTER_RUNS
    )


def critical_failing(document: FleetDocument) -> int:
    """Critical targets whose users are hurt now: at the first light run, as the stack's own target pages."""
    return sum(target.critical and _hurts_on_end(target, light_runs=1) for target in document.targets)


def paging(document: FleetDocument, problems: Iterable[Problem]) -> int:
    """For how many things on-call is woken: problems that page, and critical targets that nobody watches."""
    return sum(problem.pages for problem in problems) + len(unwatched_critical(document))


def _hurts_on_end(target: FleetTarget, light_runs: int) -> bool:
    """Whether so many light runs on end hurt, or two full ones: each by itself, as the other may not see it."""
    light, full = target.light, target.full
    return bool(light and light.hurting >= light_runs) or bool(full and full.hurting >= _PAGE_AFTER_FULL_RUNS)


def _causes(target: FleetTarget) -> tuple[TargetCause, ...]:
    """Of its visits that failed, the full one first, since it sees more; what is suspected only for want of proof."""
    causes = [cause for visit in target.visits if visit.state is VisitState.FAILING for cause in visit.causes]
    return tuple(cause for cause in causes if cause.is_proved) or tuple(causes)


def _keys(cause: TargetCause) -> tuple[_Key, _Key]:
    return (cause.kind, cause.resource), (cause.kind, None)


def _sizes(causes: Mapping[str, tuple[TargetCause, ...]], at_once: int) -> dict[_Key, tuple[int, int]]:
    """How many targets share each key; of equal ones that with its resource is more. Kinds alone, where enough do."""
    found: dict[_Key, set[str]] = defaultdict(set)
    for name, listed in causes.items():
        for cause in listed:
            for key in _keys(cause):
                found[key].add(name)
    sizes: dict[_Key, tuple[int, int]] = {}
    for (kind, resource), names in found.items():
        enough = 2 if kind in OF_AN_ACCOUNT else at_once
        if resource is not None or len(names) >= enough:
            sizes[kind, resource] = len(names), int(resource is not None)
    return sizes


def _problem(key: _Key | str, targets: list[FleetTarget], causes: Mapping[str, tuple[TargetCause, ...]]) -> Problem:
    first = targets[0]
    if isinstance(key, str):
        kind, resource = None, None
        statement = next((each for visit in first.visits for each in visit.told), "Checks fail; no cause is proved.")
    else:
        kind, resource = key
        statement = next(each.statement for each in causes[first.name] if key in _keys(each))
    return Problem(
        kind=kind,
        resource=resource,
        statement=statement,
        targets=tuple(target.name for target in targets),
        since=min(target.since for target in targets),
        hurts=any(target.hurts for target in targets),
        pages=any(not target.critical and _hurts_on_end(target, PAGE_AFTER_RUNS) for target in targets),
    )
