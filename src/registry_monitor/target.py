"""The target: what is watched. One YAML file, validated whole before anything runs.

``load_target`` takes a packaged target's name (``hokusai-development``) or the path of a file. Every problem
of the file is told at once, each with its line, its key, the value seen and what was expected.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
)

from registry_monitor.model import Depth

PACKAGED_TARGETS = Path(__file__).parent / "targets"


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an absolute URL such as https://host/path")
    if parts.username or parts.password:
        raise ValueError("expected a URL without credentials; a key comes from the secret")
    try:
        is_port_right = parts.port != 0
    except ValueError:  # raised by urllib where the port is no number, or too large
        is_port_right = False
    if not is_port_right:
        raise ValueError("expected a port between 1 and 65535 after the host")
    return text


def _base_url(text: str) -> str:
    if text.endswith("/"):
        raise ValueError("expected a URL without a slash at its end: paths are added to it")
    return _http_url(text)


HttpUrl = Annotated[str, AfterValidator(_http_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Percent = Annotated[float, Field(ge=0, le=100)]


class Section(BaseModel):
    """A part of a target file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Keys(Section):
    """API keys by name. Their values stand in one JSON secret in Secrets Manager, never in this file."""

    secret: Name
    names: tuple[Identifier, ...] = Field(min_length=1)
    monitor: Identifier


class Service(Section):
    """One ECS service of the platform."""

    role: Identifier
    name: Name
    container_port: Port
    health_path: str = Field("/health", pattern=r"^/")
    terraform: str | None = None


class LoadBalancer(Section):
    """One Application Load Balancer and the public hosts that it serves."""

    name: Name
    hosts: tuple[str, ...] = Field(min_length=1)


class Expectation(Section):
    """What a right answer looks like. ``json``: keys and values that must be in the body; ``{}``: any object."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    status: int = Field(200, ge=100, le=599)
    json_body: dict[str, JsonValue] | None = Field(None, alias="json")


class Endpoint(Section):
    """One request that is safe to make, and its right answer.

    ``inside_vpc``: reachable only from inside the platform's network; skipped from anywhere else.
    """

    id: Identifier
    service: Identifier
    method: Literal["GET", "HEAD", "OPTIONS"] = "GET"
    url: HttpUrl
    key: Identifier | None = None
    expect: Expectation = Expectation()
    budget_ms: int = Field(1000, gt=0)
    depth: Depth = Depth.FULL
    inside_vpc: bool = False


class Mlflow(Section):
    """Where models are registered, and what the monitor calls its own objects there.

    ``service``: the role of the service that runs MLflow. ``direct_url``: a way to MLflow past the proxy, for
    deletions, whose bodies the proxy may lose; null where there is none. ``model``: its registered models are named
    ``<model>-<run id>``. ``max_leftovers``: models that may stay behind before registration stops writing.
    """

    service: Identifier
    api_url: BaseUrl
    direct_url: BaseUrl | None = None
    direct_api_path: str = Field("/api/2.0/mlflow", pattern=r"^/")
    experiment: Name
    model: Name
    budget_ms: int = Field(1000, gt=0)
    registration_budget_s: float = Field(30, gt=0)
    max_leftovers: int = Field(20, ge=1, le=500)


class Thresholds(Section):
    """Scores below these are told as missed; coverage below its threshold makes a run BLIND."""

    infrastructure_score_pct: Percent = 80
    registration_score_pct: Percent = 100
    coverage_pct: Percent = 100


class Limits(Section):
    """What the monitor may ask of the platform, per run."""

    requests_per_host: int = Field(200, ge=1, le=10_000)
    concurrency_per_host: int = Field(4, ge=1, le=50)
    concurrency: int = Field(12, ge=1, le=100)


class Target(Section):
    """The platform under watch."""

    name: Identifier
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    cluster: Name
    keys: Keys
    services: tuple[Service, ...] = Field(min_length=1)
    load_balancers: tuple[LoadBalancer, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    mlflow: Mlflow
    thresholds: Thresholds = Thresholds()
    limits: Limits = Limits()
    connect_to: dict[str, str] = {}

    @field_validator("connect_to")
    @classmethod
    def _both_sides_have_ports(cls, value: dict[str, str]) -> dict[str, str]:
        for side in [*value.keys(), *value.values()]:
            host, _, port = side.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f"expected 'host:port' on both sides, as curl's --connect-to has it; got '{side}'")
        return value


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a target file: where, and a sentence with the value seen and the expected."""

    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.message}" if self.key else f"line {self.line}: {self.message}"


class TargetError(Exception):
    """A target that cannot be used: its source and every problem in it."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        super().__init__("\n".join([f"target {source}: {count}", *(f"  {problem}" for problem in problems)]))


def packaged_targets() -> list[str]:
    """Names of the targets that come with the package."""
    return sorted(path.stem for path in PACKAGED_TARGETS.glob("*.yaml"))


def load_target(name_or_path: str) -> Target:
    """Read and validate a target. Raises TargetError with every problem at once."""
    path = PACKAGED_TARGETS / f"{name_or_path}.yaml"
    if os.sep in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        path = Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(packaged_targets())
        hint = f"expected the path of a readable YAML file or one of the packaged targets: {known}"
        raise TargetError(name_or_path, [Problem(0, "", f"cannot be read ({error}); {hint}")]) from error
    return parse_target(text, source=str(path))


def parse_target(text: str, source: str) -> Target:
    """Validate the text of a target file. Raises TargetError with every problem at once."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
        repeated = [] if root is None else list(_repeated_keys(root, ()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise TargetError(source, [Problem(line, "", f"is not valid YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TargetError(source, [Problem(0, "", f"is not valid YAML: {error}")]) from error
    if not isinstance(document, dict) or root is None:
        seen = type(document).__name__
        raise TargetError(source, [Problem(1, "", f"expected a mapping with name, region, cluster, …; got {seen}")])
    problems = [*repeated, *_broken_references(document, root)]
    try:
        target = Target.model_validate(document)
    except ValidationError as error:
        problems.extend(_schema_problems(error, root))
        raise TargetError(source, sorted(problems, key=lambda each: each.line)) from error
    if problems:
        raise TargetError(source, sorted(problems, key=lambda each: each.line))
    return target


def _repeated_keys(node: yaml.Node, path: tuple[str, ...]) -> Iterator[Problem]:
    """YAML itself lets the last of two equal keys win in silence."""
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated_keys(item, (*path, str(index)))
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in lines:
            message = f"stands twice, first in line {lines[name]}; expected once"
            yield Problem(line, ".".join((*path, name)), message)
        lines[name] = line
        yield from _repeated_keys(value, (*path, name))


def _broken_references(document: dict[Any, Any], root: yaml.Node) -> Iterator[Problem]:
    """Names that must be unique and are not, or that name nothing. Judged on the raw file, whatever its schema says."""

    def column(section: str, key: str) -> list[tuple[tuple[str, ...], object]]:
        items = document.get(section)
        rows = items if isinstance(items, list) else []
        return [
            ((section, str(index), key), row[key])
            for index, row in enumerate(rows)
            if isinstance(row, dict) and row.get(key) is not None
        ]

    def problem(location: tuple[str, ...], message: str) -> Problem:
        return Problem(_line_of(root, location), ".".join(location), message)

    for section, key in (
        ("services", "role"),
        ("services", "name"),
        ("load_balancers", "name"),
        ("endpoints", "id"),
    ):
        values = column(section, key)
        for position, (location, value) in enumerate(values):
            if value in [earlier for _, earlier in values[:position]]:
                yield problem(location, f"'{value}' stands more than once, expected once")

    keys = document.get("keys")
    key_names = keys.get("names") if isinstance(keys, dict) else None
    roles = [value for _, value in column("services", "role")]
    references = [(*each, roles) for each in column("endpoints", "service")]
    if isinstance(keys, dict) and isinstance(key_names, list):
        references += [(*each, key_names) for each in column("endpoints", "key")]
        references += [(("keys", "monitor"), keys.get("monitor"), key_names)]
    mlflow = document.get("mlflow")
    if isinstance(mlflow, dict):
        references += [(("mlflow", "service"), mlflow.get("service"), roles)]
    for location, value, known in references:
        if value is not None and value not in known:
            yield problem(location, f"got '{value}'; expected one of: {', '.join(map(str, known))}")


def _schema_problems(error: ValidationError, root: yaml.Node) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        location = tuple(str(part) for part in detail["loc"] if part != "[key]")
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "extra_forbidden":
            message = "is not a key of a target; expected one that the schema names"
        elif detail["type"] == "missing":
            message = "is missing; expected a value"
        elif "credentials" not in message and isinstance(detail["input"], str | int | float | bool):
            message = f"got {detail['input']!r}; {message[0].lower()}{message[1:]}"
        yield Problem(_line_of(root, location), ".".join(location), message)


def _line_of(node: yaml.Node, location: tuple[str, ...]) -> int:
    """The line of the deepest node on the way to ``location`` that the file has."""
    line = node.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            return line
    return line
