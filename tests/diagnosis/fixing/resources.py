"""One resource of a fix, with all its references resolved, and what it is in AWS already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.diagnosis.fixing.outcomes import NotApplicableError, RefusedError
from tests.sandbox.world import World
from tests.unit.diagnosis.fixes.terraform_reader import Block

type Attributes = Mapping[str, Any]  # what others may refer to, by name


@dataclass(frozen=True)
class Resource:
    """``subject``: the ARN, id or name of what is there already; null where it is to be created."""

    world: World
    kind: str
    name: str
    block: Block
    subject: str | None

    @property
    def values(self) -> dict[str, Any]:
        """Its attributes."""
        return self.block.values

    def required(self, name: str) -> Any:
        """One attribute that Terraform asks for; RefusedError where it is missing."""
        if name not in self.values:
            raise RefusedError(f"{self.kind}.{self.name} has no {name}")
        return self.values[name]

    def inner(self, kind: str) -> list[Block]:
        """Its nested blocks of a kind."""
        return [block for block in self.block.blocks if block.kind == kind]

    def takes_only(self, *names: str) -> None:
        """Whatever else stands in it would be passed over in silence: NotApplicableError."""
        there = {*self.values, *(block.kind for block in self.block.blocks)} - {"lifecycle", "tags"}
        if unknown := sorted(there - set(names)):
            raise NotApplicableError(f"the sandbox knows no {', '.join(unknown)} of {self.kind}")
