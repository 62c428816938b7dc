"""A suspect: what a rule found to be wrong, before it is known what it explains."""

from dataclasses import dataclass

from registry_monitor.diagnosis.causes import CAUSES
from registry_monitor.finding import Confidence, Proof


@dataclass(frozen=True)
class Suspect:
    """One thing that is wrong, with its proofs.

    ``breaks``: the nodes of the platform that do not work for it (``nodes.py``). ``is_derived``: something else may
    have produced it, so that a suspect which is wrong by itself, and explains the same, takes it over.
    """

    kind: str
    resource: str
    statement: str
    breaks: frozenset[str]
    proofs: tuple[Proof, ...]
    confidence: Confidence = Confidence.PROVEN
    service: str | None = None
    arn: str | None = None
    ruled_out: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    is_derived: bool = False
    rests_on: frozenset[str] = frozenset()  # nodes that bring it about where they are broken
    is_latent: bool = False  # not felt yet, whatever fails: told by its rule
    is_untried: bool = False  # a change of which nobody knows yet whether it is right: told also where that is hidden
    unknown_for_it: tuple[str, ...] = ()  # the monitor\'s own: words in checks that are UNKNOWN for it; or its resource

    def __post_init__(self) -> None:
        if self.kind not in CAUSES:
            raise ValueError(f"{self.kind} is no kind of cause; add it to causes.py")

    @property
    def key(self) -> tuple[str, str]:
        """What makes it one with another rule's suspect."""
        return self.kind, self.resource
