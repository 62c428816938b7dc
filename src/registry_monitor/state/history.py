"""The record of thirty days: samples of a day, hours of a week, quarters of a day before that. Pure.

A run that says what the one before it said need not be written: a sample holds for a while (``uptime.py``).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from registry_monitor.state.history_documents import HistoryDocument, Measured, Sample, Span
from registry_monitor.state.latencies import counted
from registry_monitor.state.uptime import LONGEST_HOLD, times_of, total

WRITTEN_EVERY = timedelta(minutes=5)
_MOST_SAMPLES = 600
_SAMPLES_KEPT, _HOURS_KEPT, _QUARTERS_KEPT = timedelta(days=1), timedelta(days=7), timedelta(days=30)
_NONE: Mapping[str, float] = {}
_HOUR, _QUARTER = timedelta(hours=1), timedelta(hours=6)


def record(known: HistoryDocument, sample: Sample, latencies_ms: Mapping[str, float] = _NONE) -> HistoryDocument:
    """The history with a sample, and what its checks took; the same one where it has it, or has rolled up its time."""
    is_known = any(each.run_id == sample.run_id for each in known.samples)
    if is_known or (known.rolled_until is not None and sample.at < known.rolled_until):
        return known
    samples = tuple(sorted((*known.samples, sample), key=lambda each: (each.at, each.run_id)))
    latencies = counted(known.latencies, sample.at, latencies_ms)
    return _rolled(known.model_copy(update={"samples": samples, "latencies": latencies}))


def _rolled(known: HistoryDocument) -> HistoryDocument:
    """Whole hours that are over for a day become one span each, and quarters of a day those that are a week old."""
    samples, now = known.samples, known.samples[-1].at
    until = now - _SAMPLES_KEPT
    if len(samples) > _MOST_SAMPLES:  # it changes each minute: the oldest hours are rolled up early
        until = max(until, samples[-_MOST_SAMPLES].at)
    until = _floor(until, _HOUR)
    begin = known.rolled_until or _floor(samples[0].at, _HOUR)
    hours = [*known.hours]
    while begin + _HOUR <= until:
        if any(begin - LONGEST_HOLD <= each.at < begin + _HOUR for each in samples):
            hours.append(_hour(samples, begin))
        begin += _HOUR
    oldest = begin - LONGEST_HOLD - _HOUR  # what still holds in the next hour to be rolled up
    quarters, hours = _quarters(known.quarters, hours, now)
    return known.model_copy(
        update={
            "samples": tuple(each for each in samples if each.at >= oldest),
            "hours": tuple(hours),
            "quarters": tuple(each for each in quarters if each.began_at > now - _QUARTERS_KEPT - _QUARTER),
            "rolled_until": begin,
        }
    )


def _hour(samples: tuple[Sample, ...], begin: datetime) -> Span:
    within = [each for each in samples if begin <= each.at < begin + _HOUR]
    return Span(
        began_at=begin,
        seconds=int(_HOUR.total_seconds()),
        suites=times_of(samples, begin, begin + _HOUR),
        score_pct=_measured(each.score_pct for each in within),
        latency_ms=_measured(each.latency_ms for each in within),
        registration_ms=_measured(each.registration_ms for each in within),
    )


def _quarters(quarters: tuple[Span, ...], hours: list[Span], now: datetime) -> tuple[list[Span], list[Span]]:
    """Hours that are older than a week, together in their quarters of a day; and the hours that are left."""
    until = _floor(now - _HOURS_KEPT, _QUARTER)
    old = [hour for hour in hours if hour.began_at < until]
    by_begin: dict[datetime, list[Span]] = {}
    for span in (*quarters, *old):
        by_begin.setdefault(_floor(span.began_at, _QUARTER), []).append(span)
    joined = [spans[0] if len(spans) == 1 else _joined(begin, spans) for begin, spans in sorted(by_begin.items())]
    return joined, hours[len(old) :]


def _joined(begin: datetime, spans: list[Span]) -> Span:
    names = dict.fromkeys(name for span in spans for name in span.suites)
    return Span(
        began_at=begin,
        seconds=int(_QUARTER.total_seconds()),
        suites={name: total(span.suites[name] for span in spans if name in span.suites) for name in names},
        score_pct=_together(span.score_pct for span in spans),
        latency_ms=_together(span.latency_ms for span in spans),
        registration_ms=_together(span.registration_ms for span in spans),
    )


def _measured(values: Iterable[float | None]) -> Measured | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Measured(count=len(known), mean=round(sum(known) / len(known), 1), highest=max(known), lowest=min(known))


def _together(values: Iterable[Measured | None]) -> Measured | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    count = sum(each.count for each in known)
    return Measured(
        count=count,
        mean=round(sum(each.mean * each.count for each in known) / count, 1),
        highest=max(each.highest for each in known),
        lowest=min(each.lowest for each in known),
    )


def _floor(moment: datetime, step: timedelta) -> datetime:
    seconds = int(step.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)
