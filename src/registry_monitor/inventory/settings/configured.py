"""One object of AWS as it is configured, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_monitor.inventory.facts import Fact, Known

type Settings = dict[str, str | frozenset[str]]


@dataclass(frozen=True)
class Configured:
    """One object of AWS. ``kind`` and ``name`` identify it; ``ids``: what else it is called, such as its ARN.

    ``settings``: what it is set to, each a text, or a set of texts that have no order. Left out is what moves by
    itself: counts, health, events, addresses of tasks.
    """

    kind: str
    name: str
    ids: tuple[str, ...]
    settings: Settings

    @property
    def title(self) -> str:
        """What it is called for people."""
        return f"{self.kind} {self.name}"


# Where objects were listed, and those objects; None where it could not be read.
type Scope = tuple[str, list[Configured] | None]


def value[T](fact: Fact[T] | None) -> T | None:
    """A fact's value; None where it is not known."""
    return fact.value if isinstance(fact, Known) else None


def known[T](facts: dict[str, Fact[T]]) -> Iterator[tuple[str, T]]:
    """Those of some facts that are known, by name."""
    return ((name, fact.value) for name, fact in sorted(facts.items()) if isinstance(fact, Known))
