"""What is planned: when the platform may be down, and when something that fails becomes an incident."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator

from registry_monitor.target.fields import Identifier, Section

type Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Incidents(Section):
    """When something that fails becomes an incident, and when that is over.

    A check that light runs ask is asked each minute, and one run is no proof. A check of full runs alone is asked once
    in a quarter of an hour, and twice there where it fails: one run opens, and one closes.
    """

    open_after_light_runs: int = Field(2, ge=1, le=10)
    close_after_light_runs: int = Field(3, ge=1, le=30)
    remind_after_h: float = Field(4, ge=0.25, le=168)


class Weekly(Section):
    """A moment of each week, in UTC."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    time_utc: time

    @field_validator("time_utc", mode="before")
    @classmethod
    def _is_quoted(cls, value: Any) -> Any:
        """YAML 1.1 reads 22:00 without quotes as the number 1320."""
        if not isinstance(value, str):
            raise ValueError('expected a time of day in quotes, such as "22:00"')  # noqa: TRY004 - pydantic's own
        return value


class ExpectedDown(Section):
    """A time in which services may be down: what fails of them then wakes nobody and is no incident.

    ``begins``: once, with its offset from UTC; ``weekly``: each week. ``services``: roles; none: the whole platform.
    """

    reason: str = Field(min_length=1, max_length=200)
    begins: AwareDatetime | None = None
    weekly: Weekly | None = None
    minutes: int = Field(ge=1, le=7 * 24 * 60)
    services: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _begins_in_one_way(self) -> "ExpectedDown":
        if (self.begins is None) == (self.weekly is None):
            raise ValueError("expected one of begins (once) and weekly")
        return self

    def ends_at(self, now: datetime) -> datetime | None:
        """When the window ends that is open now; None where none is."""
        ends = [begin + timedelta(minutes=self.minutes) for begin in self._beginnings(now) if begin <= now]
        return max((end for end in ends if end > now), default=None)

    def _beginnings(self, now: datetime) -> list[datetime]:
        if self.weekly is None:
            return [self.begins] if self.begins else []
        days = [now.astimezone(UTC).date() - timedelta(days=back) for back in range(8)]
        named = [day for day in days if _WEEKDAYS[day.weekday()] in self.weekly.days]
        return [datetime.combine(day, self.weekly.time_utc, tzinfo=UTC) for day in named]
