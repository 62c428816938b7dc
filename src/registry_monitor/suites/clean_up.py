"""Deletes what a flow made in MLflow and what killed runs of the monitor left, and tells what stays behind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry_monitor.clients.own_objects import RegistryError
from registry_monitor.model import Attempt, CannotTellError, Leftover, Outcome, Status

if TYPE_CHECKING:
    from registry_monitor.clients.mlflow_registry import Registry

EXPECTED = "nothing of the monitor's own left behind"


@dataclass(frozen=True)
class FlowNames:
    """The names of the models and runs that a flow makes.

    By name, not by memory: an object may exist although the answer to its creation was lost.
    """

    models: frozenset[str]
    runs: frozenset[str]


@dataclass(frozen=True)
class CleanUp:
    """One clean-up. ``begun``: what may exist, should it turn out that nothing can be looked for."""

    registry: "Registry"
    names: FlowNames
    begun: tuple[Leftover, ...] = ()

    def run(self, attempt: Attempt) -> Outcome:
        """PASS when all is gone; UNKNOWN with what stays, by its id: a broken clean-up is no fault of a user's."""
        removed, leftovers = self._sweep(attempt)
        if leftovers:
            told = "; ".join(f"{each.kind} {each.id} ({each.reason})" for each in leftovers[:5])
            seen = f"left {len(leftovers)} objects behind: {told}"
            return Outcome(status=Status.UNKNOWN, expected=EXPECTED, seen=seen, leftovers=tuple(leftovers))
        evidence: dict[str, Any] = {"removed": removed}
        return Outcome.judge(True, expected=EXPECTED, seen=f"removed {len(removed)} objects", evidence=evidence)

    def _sweep(self, attempt: Attempt) -> tuple[list[str], list[Leftover]]:
        """Models first (their versions point at runs), then runs with their files: this flow's, and expired ones."""
        registry = self.registry
        removed: list[str] = []
        leftovers: list[Leftover] = []

        def remove(kind: str, identity: str, delete: Callable[[str], None]) -> None:
            try:
                with registry.asking(attempt):
                    delete(identity)
            except (RegistryError, CannotTellError) as error:
                if not (isinstance(error, RegistryError) and error.is_gone):  # another clean-up may sweep the same
                    leftovers.append(Leftover(kind=kind, id=identity, reason=str(error)))
                    return
            removed.append(f"{kind} {identity}")

        try:
            with registry.asking(attempt):
                models, runs = registry.models(), registry.runs(registry.find_or_create_experiment())
        except (RegistryError, CannotTellError) as error:
            reason = f"it may be there, but could not be looked for: {error}"
            return [], [each.model_copy(update={"reason": reason}) for each in self.begun]
        for model in models:
            if model.name in self.names.models or model.is_expired:
                remove("model", model.name, registry.delete_model)
        for run in runs:
            if run.name in self.names.runs or run.is_expired:
                remove("run", run.id, registry.delete_run)
        return removed, leftovers
