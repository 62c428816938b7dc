"""Measurements over time as drawings: a line, the band around it, and a value under the pointer. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry_monitor.state.history_documents import HistoryDocument, Measured, PastIncident, Sample, Span

WIDTH, HEIGHT = 600, 100  # units of a drawing, which stretches to its place
_ROUND = (1, 2, 5, 10)


@dataclass(frozen=True)
class Quantity:
    """What is measured. ``top``: the end of its axis; null: a round figure above the highest value."""

    title: str
    unit: str
    top: float | None
    of_sample: Callable[[Sample], float | None]
    of_span: Callable[[Span], Measured | None]


@dataclass(frozen=True)
class Place:
    """One place along a plot, and what was measured there. ``x``: its left edge."""

    began_at: datetime
    x: float
    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Plot:
    """One quantity over one window. ``line``, ``band``: paths; ``shades``: x and width of each incident in it."""

    quantity: Quantity
    window: str
    began_at: datetime
    ends_at: datetime
    top: float
    step: float
    places: tuple[Place, ...]
    line: str
    band: str
    shades: tuple[tuple[float, float], ...]


QUANTITIES = (
    Quantity("Score", "%", 100, lambda sample: sample.score_pct, lambda span: span.score_pct),
    Quantity("Latency, median", "ms", None, lambda sample: sample.latency_ms, lambda span: span.latency_ms),
    Quantity(
        "A whole registration", "ms", None, lambda sample: sample.registration_ms, lambda span: span.registration_ms
    ),
)
_WINDOWS = {"24 hours": (timedelta(hours=24), 48), "30 days": (timedelta(days=30), 120)}


def plots(history: HistoryDocument, incidents: Iterable[PastIncident], now: datetime) -> tuple[Plot, ...]:
    """Each quantity that was measured, over a day and over thirty."""
    listed = tuple(incidents)
    drawn = (_plot(history, listed, quantity, window, now) for quantity in QUANTITIES for window in _WINDOWS)
    return tuple(plot for plot in drawn if plot.places)


def _plot(
    history: HistoryDocument, incidents: tuple[PastIncident, ...], quantity: Quantity, window: str, now: datetime
) -> Plot:
    length, count = _WINDOWS[window]
    begin, step = now - length, WIDTH / count
    by_place: dict[int, list[Measured]] = {}
    for at, measured in _measurements(history, quantity):
        if begin <= at < now:
            by_place.setdefault(int((at - begin) / length * count), []).append(measured)
    places = tuple(
        _place(index, each, begin + length / count * index, step) for index, each in sorted(by_place.items())
    )
    top = quantity.top or _round_above(max((place.highest for place in places), default=1.0))
    return Plot(
        quantity=quantity,
        window=window,
        began_at=begin,
        ends_at=now,
        top=top,
        step=step,
        places=places,
        line="".join(_line(places, top, step)),
        band="".join(_band(places, top, step)),
        shades=tuple(_shades(incidents, begin, now)),
    )


def _measurements(history: HistoryDocument, quantity: Quantity) -> Iterator[tuple[datetime, Measured]]:
    for span in (*history.quarters, *history.hours):
        measured = quantity.of_span(span)
        if measured is not None:
            yield span.began_at + timedelta(seconds=span.seconds / 2), measured
    for sample in history.samples:
        value = quantity.of_sample(sample)
        if value is not None and (history.rolled_until is None or sample.at >= history.rolled_until):
            yield sample.at, Measured(count=1, mean=value, highest=value, lowest=value)


def _place(index: int, measured: list[Measured], began_at: datetime, step: float) -> Place:
    count = sum(each.count for each in measured)
    return Place(
        began_at=began_at,
        x=index * step,
        mean=sum(each.mean * each.count for each in measured) / count,
        lowest=min(each.lowest for each in measured),
        highest=max(each.highest for each in measured),
    )


def _round_above(value: float) -> float:
    """1, 2 or 5 times a power of ten."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next(power * each for each in _ROUND if power * each >= value or each == _ROUND[-1])


def _y(value: float, top: float) -> str:
    return f"{HEIGHT * (1 - min(value, top) / top):.0f}"


def _runs(places: tuple[Place, ...], step: float) -> Iterator[list[Place]]:
    """Neighbours together: over a time of which nothing is known no line is drawn."""
    run: list[Place] = []
    for place in places:
        if run and place.x - run[-1].x > 2.5 * step:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _line(places: tuple[Place, ...], top: float, step: float) -> Iterator[str]:
    for run in _runs(places, step):
        yield "M" + "L".join(f"{place.x + step / 2:.0f} {_y(place.mean, top)}" for place in run)
        yield "h.1"  # a place alone is a dot


def _band(places: tuple[Place, ...], top: float, step: float) -> Iterator[str]:
    for run in _runs(places, step):
        above = [f"{place.x + step / 2:.0f} {_y(place.highest, top)}" for place in run]
        below = [f"{place.x + step / 2:.0f} {_y(place.lowest, top)}" for place in reversed(run)]
        yield f"M{'L'.join(above + below)}z"


def _shades(incidents: tuple[PastIncident, ...], begin: datetime, now: datetime) -> Iterator[tuple[float, float]]:
    unit = WIDTH / (now - begin).total_seconds()
    for each in incidents:
        start, end = max(each.first_seen, begin), min(each.ended_at or now, now)
        if end > start:
            yield (
                round((start - begin).total_seconds() * unit, 1),
                max(round((end - start).total_seconds() * unit, 1), 2),
            )
