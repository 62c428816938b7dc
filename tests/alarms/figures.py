"""What trials come to: figures, limits, a table, and ``out/alarms.json``. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.alarms.life import SILENCE
from tests.alarms.trials import Rest, Ring

MEDIAN_LIMIT = 3.0  # minutes to the page, from when the fault can be seen; so the issue of the alarms has it
P99_LIMIT = 6.0
OK_LIMIT = 6.0
# What an alarm waits for by its own definition, in minutes: nobody tells, or sees, for so long.
WAITS = {SILENCE: 7.0, "MON-03": 15.0}
_FULL_RUN_MINUTES = 16.0  # until the next one: a quarter of an hour, and Scheduler's jitter
# An open door is closed when a full run has tried it: a light run sends one deliberate bad key, not all of them.
OK_WAITS = {"AUT-15": _FULL_RUN_MINUTES}


@dataclass(frozen=True)
class FaultFigures:
    """One fault over its trials, in minutes. ``seen_by``: the cheapest run that raises a page for it.

    ``to_page`` is from the fault; ``after_seen`` from the run that is the first to see it, where that is a full one.
    """

    id: str
    seen_by: str
    trials: int
    to_page: tuple[float, ...]
    after_seen: tuple[float, ...]
    to_ok: tuple[float, ...]
    by: tuple[str, ...]

    @classmethod
    def of(cls, rings: Sequence[Ring], *, is_seen_by_light: bool) -> "FaultFigures":
        """The figures of one fault."""
        waits = WAITS.get(rings[0].fault, 0.0)
        seen_by = "nobody" if rings[0].fault == SILENCE else "light" if is_seen_by_light else "full"
        after = [ring.from_run if seen_by == "full" else ring.from_fault for ring in rings]
        return cls(
            id=rings[0].fault,
            seen_by=seen_by,
            trials=len(rings),
            to_page=tuple(ring.from_fault for ring in rings if ring.from_fault is not None),
            after_seen=tuple(each - waits for each in after if each is not None),
            to_ok=tuple(ring.to_ok for ring in rings if ring.to_ok is not None),
            by=tuple(sorted({name.rpartition("development-")[2] for ring in rings for name in ring.by})),
        )

    @property
    def limit(self) -> float:
        """Minutes within which half of the pages must have come."""
        return MEDIAN_LIMIT + WAITS.get(self.id, 0.0) + (_FULL_RUN_MINUTES if self.seen_by == "full" else 0.0)

    @property
    def ok_limit(self) -> float:
        """Minutes from the mending within which it must be over."""
        return OK_LIMIT + OK_WAITS.get(self.id, 0.0)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is not as it must be, in words; none where all is."""
        found = []
        if len(self.to_page) < self.trials:
            found.append(f"{self.trials - len(self.to_page)} of {self.trials} never paged")
        if self.after_seen and median(self.after_seen) > MEDIAN_LIMIT:
            found.append(f"median {median(self.after_seen):.1f} min after it could be seen, over {MEDIAN_LIMIT:g}")
        if self.after_seen and _p99(self.after_seen) > P99_LIMIT:
            found.append(f"p99 {_p99(self.after_seen):.1f} min after it could be seen, over {P99_LIMIT:g}")
        if len(self.to_ok) < self.trials or _p99(self.to_ok) > self.ok_limit:
            found.append(f"not OK within {self.ok_limit:g} min of mending")
        return tuple(found)

    @property
    def told(self) -> str:
        """Whether it is as wanted; what may take longer is told all the same."""
        if not self.problems and _p99(self.to_ok) > OK_LIMIT:
            return f"page: yes; OK: not within {OK_LIMIT:g} min, which is known"
        return "; ".join(self.problems) or "yes"


def _p99(values: Sequence[float]) -> float:
    """The 99th percentile, by the nearest rank."""
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]


def document(rests: Sequence[Rest], faults: Sequence[FaultFigures]) -> dict[str, object]:
    """``out/alarms.json``: minutes are medians, beside them the 99th percentiles."""
    return {
        "days": sum(rest.days for rest in rests),
        "false_pages": sum(len(rest.pages) for rest in rests),
        "false_tickets": sum(len(rest.tickets) for rest in rests),
        "faults": [
            {
                "id": each.id,
                "seen_by": each.seen_by,
                "trials": each.trials,
                "minutes_to_page": _rounded(median, each.to_page),
                "minutes_to_page_p99": _rounded(_p99, each.to_page),
                "limit_minutes": each.limit,
                "minutes_to_ok": _rounded(median, each.to_ok),
                "minutes_to_ok_p99": _rounded(_p99, each.to_ok),
                "limit_minutes_to_ok": each.ok_limit,
                "alarms": list(each.by),
                "problems": list(each.problems),
            }
            for each in faults
        ],
    }


def _rounded(figure: Callable[[Sequence[float]], float], values: Sequence[float]) -> float | None:
    return round(figure(values), 1) if values else None


def table(rests: Sequence[Rest], faults: Sequence[FaultFigures]) -> str:
    """The figures as Markdown."""
    told = document(rests, faults)
    pooled = [each for fault in faults if fault.seen_by == "light" and fault.id not in WAITS for each in fault.to_page]
    rows = [
        f"| {each.id} | {each.seen_by} | {', '.join(each.by)} | {_pair(each.to_page)} | {_pair(each.after_seen)} "
        f"| {_pair(each.to_ok)} | {each.told} |"
        for each in faults
    ]
    rang = ", ".join(sorted(name for rest in rests for name in (*rest.pages, *rest.tickets))) or "none"
    false = f"{told['false_pages']} false pages, {told['false_tickets']} false tickets ({rang})"
    return "\n".join(
        [
            f"{told['days']} days of a healthy platform: {false}.",
            f"What light runs see, all together: {_pair(pooled)} minutes to the page." if pooled else "",
            "",
            "| Fault | Seen by | Rings first | Minutes to the page | after it can be seen | to OK | As wanted |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "Minutes are the median, and in brackets the 99th percentile.",
        ]
    )


def _pair(values: Sequence[float]) -> str:
    return f"{median(values):.1f} ({_p99(values):.1f})" if values else "never"
