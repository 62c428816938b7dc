"""The document of a fleet, ``fleet/latest/fleet.json``: each target as it is known, and the fleet's figures."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.model import Depth, Document

FLEET = "fleet.json"


class ManifestItem(Document):
    """One target of ``fleet/manifest.json``. ``delay_s``: at which second of the minute its run begins."""

    target: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
    critical: bool = False
    delay_s: int = Field(0, ge=0, le=45)


class Seen(Document):
    """A visit, and the execution in which it was made, by when that began.

    ``hurting``, ``silent``: how many visits of its depth on end, with this one, hurt, or gave no verdict.
    """

    at: datetime
    visit: Visit
    hurting: int = 0
    silent: int = 0


class FleetTarget(Document):
    """One target as it is known.

    ``light``, ``full``: the newest visit of each depth, as long as it stands. ``state``, ``hurts``: the worst of both;
    ``since``: when it became so.
    """

    name: str
    critical: bool = False
    light: Seen | None = None
    full: Seen | None = None
    state: VisitState
    hurts: bool = False
    since: datetime

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The visits that stand, those first that have made the state what it is."""
        seen = [each.visit for each in (self.full, self.light) if each]
        return tuple(sorted(seen, key=lambda visit: visit.state is not self.state))

    @property
    def has_broken_file(self) -> bool:
        """Whether it is not run because of its own file."""
        return any(visit.has_broken_file for visit in self.visits)

    @property
    def has_words(self) -> bool:
        """Whether its visits tell more than a verdict."""
        return any(visit.causes or visit.told or visit.trouble for visit in self.visits)

    @property
    def trouble(self) -> str | None:
        """What of its runs could not be published or kept."""
        return next((visit.trouble for visit in self.visits if visit.trouble), None)

    @property
    def in_brief(self) -> "FleetTarget":
        """The same target with few words."""
        seen = {"light": self.light, "full": self.full}
        brief = {key: each.model_copy(update={"visit": each.visit.in_brief}) for key, each in seen.items() if each}
        return self.model_copy(update=brief)


class FleetDocument(Document):
    """All targets of a fleet, by name. ``told_files``: by target, the last that people were told of its broken file."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)  # what is written has every key

    schema_version: Literal["1"] = "1"
    fleet: str = ""
    rolled_up_at: datetime | None = None
    depth: Depth | None = None  # of the runs that were rolled up last
    targets: tuple[FleetTarget, ...] = ()
    told_files: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def of_state(self, state: VisitState) -> tuple[FleetTarget, ...]:
        """The targets in one state."""
        return tuple(target for target in self.targets if target.state is state)

    @property
    def broken_files(self) -> dict[str, tuple[str, ...]]:
        """By target, what is wrong with its file, line by line."""
        return {
            target.name: next(visit.told for visit in target.visits if visit.has_broken_file)
            for target in self.targets
            if target.has_broken_file
        }

    @property
    def score_pct(self) -> float | None:
        """Healthy targets of those that are known to be healthy or failing; null where none is known."""
        healthy, failing = len(self.of_state(VisitState.HEALTHY)), len(self.of_state(VisitState.FAILING))
        return round(100 * healthy / (healthy + failing), 1) if healthy + failing else None

    @property
    def coverage_pct(self) -> float | None:
        """Targets that are known to be healthy or failing, of all; null where there is none. 100 only where all are."""
        unknown = sum(target.state.is_silent for target in self.targets)
        if not self.targets:
            return None
        return 100.0 if not unknown else min(99.9, round(100 * (1 - unknown / len(self.targets)), 1))
