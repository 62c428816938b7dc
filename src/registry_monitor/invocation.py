"""What is asked of the monitor: an event of the contract, or an ECS deployment event as it comes."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError, field_validator

from registry_monitor.deployment import deployment_of
from registry_monitor.model import HOURLY, Depth, Document, SuiteName
from registry_monitor.suites import ALL, SUITES
from registry_monitor.target.problems import shown


class InvocationError(Exception):
    """An event that cannot be understood, with everything wrong with it."""


class Invocation(Document):
    """The validated event. ``target``: its name or path (``inventory/target_files.py``); null means MONITOR_TARGET.

    ``critical``: how the target stands in its fleet; null: the run is of no fleet. One that is not critical has no
    series and no notices of its own: its fleet tells of it. A run of a fleet answers with its visit (fleet/visits.py).
    """

    suites: tuple[SuiteName, ...] = ALL
    depth: Depth = Depth.FULL
    reason: str = Field("ad hoc", min_length=1, max_length=100)
    target: str | None = Field(None, min_length=1)
    critical: bool | None = Field(None, strict=True)

    @field_validator("suites", mode="before")
    @classmethod
    def _expand_all(cls, value: Any) -> Any:
        if value == "all":
            return ALL
        if isinstance(value, list | tuple):
            if not value:
                raise ValueError(f'expected "all" or at least one of: {_names(SUITES)}')
            known = list(SuiteName)
            unknown = [each for each in value if each not in known]
            if unknown:
                raise ValueError(f'unknown suite {_quoted(unknown)}; expected "all" or some of: {_names(SUITES)}')
            return tuple(suite for suite in SUITES if suite in value)
        raise ValueError(f'expected "all" or a list of suites, some of: {_names(SUITES)}')

    @property
    def is_complete(self) -> bool:
        """Whether it asks for all suites but those on demand; that of each hour may be left out."""
        return set(ALL) - HOURLY <= set(self.suites) <= set(ALL)

    @property
    def speaks_for_itself(self) -> bool:
        """Whether it tells its own metrics and notices; else its fleet does."""
        return self.critical is not False

    @property
    def is_whole(self) -> bool:
        """Whether it asks for everything there is, to its full depth."""
        return self.depth is Depth.FULL and set(self.suites) == set(ALL)


def _names(suites: Mapping[SuiteName, object]) -> str:
    return ", ".join(suites)


def _quoted(values: list[Any]) -> str:
    return ", ".join(map(shown, values))


def parse_event(event: object) -> Invocation:
    """Understand an event. Raises InvocationError with every problem at once."""
    if event is None:
        event = {}
    if not isinstance(event, dict):
        raise InvocationError(f"event: expected an object, got {type(event).__name__}")
    if deployment_of(event) is not None:
        return Invocation(reason="deployment")
    try:
        return Invocation.model_validate(event)
    except ValidationError as error:
        raise InvocationError("\n".join(_problem(dict(each)) for each in error.errors(include_url=False))) from error


def _problem(detail: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"event: unknown key '{key}'; expected: {', '.join(Invocation.model_fields)}"
    message = detail["msg"].removeprefix("Value error, ")
    if isinstance(detail["input"], str | int | float | bool):
        return f"event.{key}: got {shown(detail['input'])}; {message[0].lower()}{message[1:]}"
    return f"event.{key}: {message}"
