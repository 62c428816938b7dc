"""Which faults are tried together: those that can stand together, chosen evenly, and the same each time."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from tests.diagnosis.components import Component, component_of
from tests.sandbox import scenario as scenarios
from tests.sandbox.services.settings import Era

_SEED = "combinations"  # an arbitrary order that does not change
# What blinds the monitor hides what stands beside it: that is tried by denying evidence, and judged by honesty.
_BLINDING = (
    "monitor-api-",
    "monitor-clock-",
    "monitor-credentials-",
    "monitor-egress-",
    "monitor-out-of-time",
    "monitor-permission-",
    "monitor-place-",
    "monitor-secret-",
    "monitor-trust-",
)
# Families of which faults are made by deploying a service, or by ending its tasks.
_OF_SERVICES = {"service", "aws_secretsmanager_secret", "aws_secretsmanager_secret_version"}
_DRAWS_FOR_EACH = 20  # of so many combinations, the one is taken whose members have been taken least


def combine(faults: Sequence[str], *, size: int, count: int) -> list[str]:
    """At most ``count`` names such as ``ECS-05@api+NET-01``, spread over the faults and over their groups."""
    known = {name: fault for name in faults if not (fault := _Fault.of(name)).blinds}
    candidates = _draw(known, size, count * _DRAWS_FOR_EACH)
    taken: Counter[str | tuple[str, ...]] = Counter()
    chosen: list[tuple[str, ...]] = []
    while candidates and len(chosen) < count:
        best = min(candidates, key=lambda each: sum(taken[name] for name in each) + taken[_groups(each)])
        candidates.remove(best)
        chosen.append(best)
        taken.update((*best, _groups(best)))
    return ["+".join(each) for each in chosen]


class _Fault:
    """What keeps a fault from standing beside another."""

    def __init__(self, platform: Era, components: set[Component], *, blinds: bool) -> None:
        self.platform = platform
        self.components = components
        self.blinds = blinds

    @classmethod
    def of(cls, name: str) -> "_Fault":
        loaded = scenarios.load(name)
        causes = [cause for scenario in loaded for cause in scenario.CAUSES]
        components = {component_of(each.kind, each.resource) for each in causes}
        blinds = any(cause.kind.startswith(_BLINDING) for cause in causes)
        return cls(scenarios.platform_of(loaded, None), components, blinds=blinds)

    def stands_with(self, other: "_Fault") -> bool:
        """Whether both can be made, and are two: of one platform, and of no component in common.

        Without its cluster no service can be edited and no task stopped, so what is made so does not stand beside it.
        """
        families = {component.family for component in self.components | other.components}
        has_no_services = "cluster" in families and bool(families & _OF_SERVICES)
        shares = self.components & other.components
        return self.platform == other.platform and not shares and not has_no_services


def _draw(known: Mapping[str, _Fault], size: int, draws: int) -> list[tuple[str, ...]]:
    """Random combinations of faults that can stand together, each once."""
    drawn = random.Random(_SEED)
    names = sorted(known)
    found: dict[tuple[str, ...], None] = {}
    for _ in range(draws if len(names) >= size else 0):
        each = tuple(sorted(drawn.sample(names, size)))
        if all(known[a].stands_with(known[b]) for a, b in combinations(each, 2)):
            found[each] = None
    return list(found)


def _groups(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(name.partition("-")[0] for name in names))
