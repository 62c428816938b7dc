"""A scenario: one small file of tests/scenarios that breaks the healthy world, and knows the true causes."""

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from tests.sandbox.platforms import HEAD
from tests.sandbox.services.settings import Era
from tests.sandbox.world import World

_FOLDER = Path(__file__).resolve().parents[1] / "scenarios"
UNSEEN = "unseen"  # a folder in it, of faults that have no row in the catalogue, and the beginning of their names


class ScenarioError(ValueError):
    """A scenario cannot be used; the message says why, and what there is instead."""


@dataclass(frozen=True)
class Cause:
    """A true cause: its kind, such as ``listener-rule-missing``, and the resource that is at fault."""

    kind: str
    resource: str


class Scenario(Protocol):
    """What a scenario's module holds; PLATFORM may be left out (head), and EQUALLY, other rightful names, too."""

    PLATFORM: Era
    CAUSES: tuple[Cause, ...]
    EQUALLY: tuple[Cause, ...]

    def break_(self, world: World) -> None:
        """Edit the world."""

    def mend(self, world: World) -> None:
        """Undo the edit."""


def names() -> list[str]:
    """Return the names of all scenarios, as they are typed: ``ECS-05``, ``healthy``; case does not matter."""
    return sorted(_name_of(path) for path in _FOLDER.glob("*.py") if path.stem != "__init__")


def unseen_names() -> list[str]:
    """Return the names of the faults that have no row in the catalogue: ``unseen-u01-query-string-canary``."""
    return sorted(f"{UNSEEN}-{_name_of(path)}" for path in (_FOLDER / UNSEEN).glob("u[0-9][0-9]_*.py"))


def variants(name: str) -> list[str]:
    """Return a scenario with each of its variants, as they are typed: ``ECS-04@api``; without any, its name alone.

    Raises:
        ScenarioError: no file has that name.

    """
    return [f"{name}@{variant}" for variant in getattr(_module(name), "VARIANTS", ())] or [name]


def _name_of(path: Path) -> str:
    name = path.stem.replace("_", "-")
    return name.upper() if re.fullmatch(r"[a-z]{3}-\d\d", name) else name


def load(text: str) -> list[Scenario]:
    """Return the scenarios of ``text``: one name, or several joined by ``+`` for a combined fault.

    Raises:
        ScenarioError: no file has that name.

    """
    return [_load_one(name.strip()) for name in text.split("+")]


def platform_of(scenarios: Sequence[Scenario], wanted: Era | None) -> Era:
    """Return the platform that all ``scenarios`` and the caller's wish agree on; HEAD when nobody asks.

    Raises:
        ScenarioError: they contradict each other.

    """
    asked = [scenario.PLATFORM for scenario in scenarios if hasattr(scenario, "PLATFORM")]
    platforms = set(asked + ([wanted] if wanted else []))
    if len(platforms) > 1:
        raise ScenarioError(
            f"The scenarios and --platform ask for different platforms: {', '.join(sorted(platforms))}."
        )
    return next(iter(platforms), HEAD.era)


@dataclass(frozen=True)
class _Variant:
    """One variant of a module whose functions take it; the first one is meant where none is named."""

    module: ModuleType
    name: str

    @property
    def CAUSES(self) -> tuple[Cause, ...]:  # noqa: N802 - as the modules have it
        causes: tuple[Cause, ...] = self.module.causes(self.name)
        return causes

    def break_(self, world: World) -> None:
        self.module.break_(world, self.name)

    def mend(self, world: World) -> None:
        self.module.mend(world, self.name)

    def __getattr__(self, name: str) -> object:
        return getattr(self.module, name)  # PLATFORM, where it has one


def _load_one(text: str) -> Scenario:
    name, _, variant = text.partition("@")
    module = _module(name)
    known: tuple[str, ...] = getattr(module, "VARIANTS", ())
    if variant and variant not in known:
        raise ScenarioError(f'{name} has no variant "{variant}"; there are: {", ".join(known) or "none"}.')
    return cast("Scenario", _Variant(module, variant or known[0]) if known else module)


def _module(name: str) -> ModuleType:
    module_name = name.lower().replace("-", "_")
    if name.lower().startswith(f"{UNSEEN}-") and name.lower() in unseen_names():
        unseen_name = module_name.removeprefix(f"{UNSEEN}_")
        return importlib.import_module(f"tests.scenarios.{UNSEEN}.{unseen_name}")
    if module_name not in [path.stem for path in _FOLDER.glob("[a-z]*.py")]:
        raise ScenarioError(
            f'There is no scenario "{name}": expected a file tests/scenarios/{module_name}.py. '
            f"There are: {', '.join(names())}."
        )
    return importlib.import_module(f"tests.scenarios.{module_name}")
