"""What came of one fault run, and where it is kept."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Outcome:
    """What came of one fault run; each list names what was found, so that empty is good.

    ``survived``: the monitor did what it promises of its own working (it ended in its time, and published, or said why
    it could not). ``right``: what it says of the platform is true, or UNKNOWN. ``lost``: reports and state that were
    promised and are not there or not valid. ``left``: what stays behind on the platform or the machine, beyond the
    stated bound. ``leaked``: canaries in an output. ``harmed``: what the platform had to bear beyond its limits.
    ``told``: what was seen, in a sentence; ``figures``: measurements, their units in the names.
    """

    survived: bool
    right: bool
    lost: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    leaked: tuple[str, ...] = ()
    harmed: tuple[str, ...] = ()
    told: str = ""
    figures: dict[str, float] | None = None

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to mend."""
        return self.survived and self.right and not (self.lost or self.left or self.leaked or self.harmed)


type Attempt = Callable[[str], Outcome]


class Part(Protocol):
    """A module of this package. ``SIDE_BY_SIDE``: how many of its fault runs may be made at once."""

    SIDE_BY_SIDE: int

    def fault_runs(self) -> Sequence[str]:
        """Names of its fault runs, each distinct, in the order in which they are made."""
        ...

    def ready(self) -> AbstractContextManager[Attempt]:
        """Prepare what all its runs share, such as a sandbox; what it yields makes one run by its name."""
        ...
