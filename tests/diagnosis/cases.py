"""What is tried: a list that is the same each time, from the scenarios that there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tests.diagnosis.combinations import combine
from tests.diagnosis.denial import telling_operation
from tests.sandbox import scenario as scenarios
from tests.sandbox.platforms import PLATFORMS
from tests.sandbox.scenario import Cause
from tests.sandbox.services.settings import Era

PAIRS, TRIPLES, HEALTHY_WORLDS = 100, 20, 200
# Beside those that are drawn: what one rule alone finds behind another fault.
_BEHIND_ANOTHER = ("MLF-14@internal-name+TLS-02@registry",)
_LIGHT_RUN_OF_EVERY = 3  # so many faults, one is met by a light run too
_AUGUST_OF_EVERY = 4  # so many healthy worlds, one is of August 2025


class Kind(StrEnum):
    """Why a case is tried, in the order in which they are."""

    SINGLE = "singles"
    QUIET = "quiet"  # nothing is wrong, though something goes on
    PAIR = "pairs"
    DENIED = "denied"  # one fault, and AWS denies the monitor what would tell of it
    LIGHT = "light"  # one fault, met by a light run
    TRIPLE = "triples"
    HEALTHY = "healthy"  # nothing is wrong, and harmless things lie about


@dataclass(frozen=True)
class Case:
    """One world and one run. ``seed``: of the harmless noise in it; ``denied``: an operation of AWS, ecs:ListTasks."""

    kind: Kind
    scenario: str = "healthy"
    platform: Era = "head"
    seed: int | None = None
    denied: str | None = None

    @property
    def id(self) -> str:
        """Its name in results and on the command line."""
        seed = f"{self.platform} {self.seed:03}" if self.seed is not None else None
        return " ".join(part for part in (self.kind, seed or self.scenario, self.denied) if part)

    @property
    def group(self) -> str:
        """The row of the table to which it belongs: a single fault's is the beginning of its name, such as ECS.

        The unseen ones have a row of their own, with those among them that do no harm.
        """
        family = self.scenario.partition("-")[0]
        return family if self.kind is Kind.SINGLE or family == scenarios.UNSEEN else self.kind

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What is truly wrong."""
        return tuple(cause for scenario in scenarios.load(self.scenario) for cause in scenario.CAUSES)

    @property
    def equally(self) -> tuple[Cause, ...]:
        """Other rightful names of what is wrong."""
        loaded = scenarios.load(self.scenario)
        return tuple(cause for scenario in loaded for cause in getattr(scenario, "EQUALLY", ()))

    @property
    def is_faulty(self) -> bool:
        """Whether anything is wrong with its world."""
        return self.kind not in (Kind.QUIET, Kind.HEALTHY)


def all_cases() -> tuple[Case, ...]:
    """Every case, kind by kind."""
    every = [variant for name in scenarios.names() if name != "healthy" for variant in scenarios.variants(name)]
    faults = [name for name in every if _causes(name)]
    cores = [name for name in faults if name in {scenarios.variants(each)[0] for each in scenarios.names()}]
    pairs = dict.fromkeys((*combine(faults, size=2, count=PAIRS), *_BEHIND_ANOTHER))
    triples = combine(faults, size=3, count=TRIPLES)
    cases = [
        *(Case(Kind.SINGLE, name, platform_of(name)) for name in faults),
        *(Case(Kind.QUIET, name, platform_of(name)) for name in every if not _causes(name)),
        *(
            Case(Kind.SINGLE if _causes(name) else Kind.QUIET, name, platform_of(name))
            for name in scenarios.unseen_names()
        ),
        *(Case(Kind.PAIR, name, platform_of(name)) for name in pairs),
        *_denied(cores),
        *(Case(Kind.LIGHT, name, platform_of(name)) for name in faults[::_LIGHT_RUN_OF_EVERY]),
        *(Case(Kind.TRIPLE, name, platform_of(name)) for name in triples),
        *(Case(Kind.HEALTHY, platform=_platform_of_world(seed), seed=seed) for seed in range(HEALTHY_WORLDS)),
    ]
    return tuple(sorted(cases, key=_turn))


def select(
    cases: Iterable[Case], only: str | None = None, group: str | None = None, limit: int | None = None
) -> tuple[Case, ...]:
    """Those whose scenario has ``only`` in it, of one kind or group, the first ``limit`` of them."""
    chosen = [
        case
        for case in cases
        if (only is None or only.lower() in case.scenario.lower()) and group in (None, case.kind, case.group)
    ]
    return tuple(chosen[:limit])


def platform_of(name: str) -> Era:
    """The platform on which a scenario, or several joined by ``+``, stands."""
    return scenarios.platform_of(scenarios.load(name), None)


def _denied(faults: Iterable[str]) -> Iterable[Case]:
    for name in faults:
        operations = [operation for cause in _causes(name) if (operation := telling_operation(cause))]
        if operations:
            yield Case(Kind.DENIED, name, platform_of(name), denied=operations[0])


def _causes(name: str) -> tuple[Cause, ...]:
    return tuple(cause for scenario in scenarios.load(name) for cause in scenario.CAUSES)


def _turn(case: Case) -> tuple[int, int]:
    """When it is tried: each kind begins with the platform that the last ended with, since a sandbox is of one."""
    kind, platform = list(Kind).index(case.kind), list(PLATFORMS).index(case.platform)
    return kind, platform if kind % 2 == 0 else -platform


def _platform_of_world(seed: int) -> Era:
    return "2025-08" if seed % _AUGUST_OF_EVERY == _AUGUST_OF_EVERY - 1 else "head"
