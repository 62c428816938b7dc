"""A scenario: one small file of tests/scenarios that breaks the healthy world, and knows the true causes."""

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from tests.sandbox.platforms import HEAD
from tests.sandbox.services.settings import Era
from tests.sandbox.world import World

_FOLDER = Path(__file__).resolve().parents[1] / "scenarios"


class ScenarioError(ValueError):
    """A scenario cannot be used; the message says why, and what there is instead."""


@dataclass(frozen=True)
class Cause:
    """A true cause: its kind, such as ``listener-rule-missing``, and the resource that is at fault."""

    kind: str
    resource: str


class Scenario(Protocol):
    """What a scenario's module holds; PLATFORM may be left out (head)."""

    PLATFORM: Era
    CAUSES: tuple[Cause, ...]

    def break_(self, world: World) -> None:
        """Edit the world."""

    def mend(self, world: World) -> None:
        """Undo the edit."""


def names() -> list[str]:
    """Return the names of all scenarios, as they are typed: ``ECS-05``, ``healthy``; case does not matter."""
    return sorted(_name_of(path) for path in _FOLDER.glob("*.py") if path.stem != "__init__")


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


def _load_one(name: str) -> Scenario:
    module_name = name.lower().replace("-", "_")
    if module_name not in [path.stem for path in _FOLDER.glob("[a-z]*.py")]:
        raise ScenarioError(
            f'There is no scenario "{name}": expected a file tests/scenarios/{module_name}.py. '
            f"There are: {', '.join(names())}."
        )
    module = importlib.import_module(f"tests.scenarios.{module_name}")
    return cast("Scenario", module)
