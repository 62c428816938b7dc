"""Writes a draft as the text of a target file: short, and with a comment on each line that was found."""

import json
import re
from collections.abc import Iterator, Sequence

from registry_monitor.discovery.draft import (
    NOWHERE,
    Draft,
    EndpointDraft,
    Found,
    LoadBalancerDraft,
    MlflowDraft,
    ServiceDraft,
    is_postgres,
)
from registry_monitor.discovery.mlflow_ways import api_path_of

_COLUMN = 56  # at which comments begin, where there is room
_LONGEST_COMMENT = 160
_LONGEST_NOTE = 500
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._/-]*(?:://[A-Za-z0-9._/:-]*[A-Za-z0-9_/])?")  # no quotes needed in YAML
_WORDS = re.compile(r"(?i)true|false|yes|no|on|off|null|y|n")  # plain, these are no texts in YAML 1.1
_EXPERIMENT, _MODEL = "registry-monitor", "registry-monitor-canary"
KEY = "admin"  # the name of the key inside the secret, as docs/operations.md creates it


def target_text(draft: Draft) -> str:
    """The whole file. It is valid for ``parse_target`` wherever AWS's names are as AWS allows them."""
    sections = [_head(draft), _place(draft), _keys(draft), _services(draft)]
    sections += [_load_balancers(draft.load_balancers), _endpoints(draft.endpoints), _mlflow(draft)]
    sections += [_stores(draft), _closed(draft.services), _connect_to(draft)]
    return "\n".join("".join(f"{line}\n" for line in section) for section in map(tuple, sections) if section)


def _head(draft: Draft) -> Iterator[str]:
    yield f"# Written by registry_monitor discover, from what AWS says of cluster {draft.cluster} in {draft.region}."
    yield "# A comment says where its value comes from: sure is what AWS says itself, likely what follows from it, and"
    yield "# default what AWS cannot tell and works as it stands."
    for title, notes in notes_of(draft):
        yield "#"
        yield f"# {title}:"
        yield from (f"# - {_one_line(note, _LONGEST_NOTE)}" for note in notes)


def notes_of(draft: Draft) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a person is told of the draft: titles, and what stands below each; none that is empty."""
    key = "<user>:<password of the monitor>" if draft.login else "<the monitor's key>"
    fill_in = [f'keys.secret: have it in Secrets Manager with {{"{KEY}": "{key}"}}, or name yours']
    if draft.mlflow.api_url.value == NOWHERE:
        fill_in.append("mlflow.api_url: no HTTPS rule leads to MLflow; put there what users give to MLflow's client")
    notes = (
        ("To fill in", tuple(fill_in)),
        ("To look over", draft.look_over),
        ("Left out", draft.left_out),
        ("Could not be read", draft.unread),
    )
    return tuple((title, told) for title, told in notes if told)


def _place(draft: Draft) -> Iterator[str]:
    yield _line(f"name: {_scalar(draft.name.value)}", draft.name.comment)
    yield f"region: {draft.region}"
    yield f"cluster: {_scalar(draft.cluster)}"


def _keys(draft: Draft) -> Iterator[str]:
    yield "keys:"
    yield _line(f"  secret: {_scalar(draft.secret)}", "the name that the monitor's stack may read: default")
    yield _line(f"  names: [{KEY}]", "the names in the secret: default")
    yield f"  monitor: {KEY}"
    if draft.login is not None:
        yield _line('  sent_as: {prefix: "Basic ", encoding: base64}', draft.login.comment)


def _services(draft: Draft) -> Iterator[str]:
    yield "services:"
    for service in draft.services:
        yield _line(f"  - role: {service.role.value}", service.role.comment)
        yield _line(f"    name: {_scalar(service.name)}", "a service of the cluster: sure")
        yield _line(f"    container_port: {service.container_port.value}", service.container_port.comment)
        if service.public_host is not None:
            yield _found("    public_host", service.public_host)
        if service.health_path is not None:
            yield _found("    health_path", service.health_path)
        if service.probe_path is not None:
            yield from _probe(service.probe_path)


def _probe(path: Found[str]) -> Iterator[str]:
    yield _line("    probe:", path.comment)
    yield f"      path: {json.dumps(path.value)}"
    yield f"      key: {KEY}"
    yield "      expect: {status: 200, body_schema: {required: [experiments]}}"


def _load_balancers(balancers: Sequence[LoadBalancerDraft]) -> Iterator[str]:
    if balancers:
        yield "load_balancers:"
    for balancer in balancers:
        yield _found("  - name", balancer.name)
        yield "    hosts:"
        yield from (_line(f"      - {_scalar(host.value)}", host.comment) for host in balancer.hosts)
        if balancer.routes:
            yield "    routes:"
        for route in balancer.routes:
            text = f"      - {{id: {route.id}, url: {json.dumps(route.url.value)}, service: {route.role}}}"
            yield _line(text, route.url.comment)


def _endpoints(endpoints: Sequence[EndpointDraft]) -> Iterator[str]:
    if endpoints:
        yield "endpoints:"
    for endpoint in endpoints:
        yield f"  - id: {endpoint.id}"
        yield f"    service: {endpoint.role}"
        yield _found("    url", endpoint.url)
        if endpoint.status != 200:
            yield f"    expect: {{status: {endpoint.status}}}"
        if endpoint.inside_vpc:
            yield "    inside_vpc: true"
        else:
            yield "    depth: light"
        yield "    infrastructure: true"


def _mlflow(draft: Draft) -> Iterator[str]:
    mlflow = draft.mlflow
    yield "mlflow:"
    yield _line(f"  service: {mlflow.role.value}", mlflow.role.comment)
    yield _found("  api_url", mlflow.api_url)
    if mlflow.proxy is not None:
        yield _found("  proxy", mlflow.proxy)
    if mlflow.direct_url is not None:
        yield _found("  direct_url", mlflow.direct_url)
    if mlflow.direct_api_path is not None:
        yield _found("  direct_api_path", mlflow.direct_api_path)
    yield _line(f"  experiment: {_EXPERIMENT}", "the monitor's own, made by its first run: default")
    yield _line(f"  model: {_MODEL}", "what its own models' names begin with: default")
    if draft.login is not None:
        told = "what its login says to a user who is no administrator: likely"
        yield _line("  unknown_run: {status: 403, text: Permission denied}", told)
    yield from _routes(mlflow)


def _routes(mlflow: MlflowDraft) -> Iterator[str]:
    routes = {"by-api-url": f"{mlflow.api_url.value}/api/2.0"} if mlflow.api_url.value != NOWHERE else {}
    if mlflow.direct_url is not None:
        routes["by-direct-url"] = f"{mlflow.direct_url.value}{api_path_of(mlflow).rpartition('/')[0]}"
    if routes:
        yield _line("  routes:", "as api_url and direct_url have them")
    yield from (f"    - {{id: {name}, url: {json.dumps(url)}}}" for name, url in routes.items())


def _stores(draft: Draft) -> Iterator[str]:
    if draft.redis is not None:
        yield "redis:"
        yield _found("  replication_group", draft.redis.replication_group)
        yield _found("  service", draft.redis.service)
        if not draft.redis.has_tls:
            yield _line("  tls: false", "its encryption in transit is off: sure")
    if draft.database is not None:
        yield "database:"
        yield _found("  instance", draft.database.instance)
        if not is_postgres(draft.database.engine):
            yield _line(f"  engine: {draft.database.engine}", "of this engine only what AWS says is judged: sure")
    if draft.artifacts_bucket is not None:
        yield _found("artifacts_bucket", draft.artifacts_bucket)


def _closed(services: Sequence[ServiceDraft]) -> Iterator[str]:
    closed = [service for service in services if service.closed is not None]
    if closed:
        told = "; ".join(f"{service.role.value}: {service.closed}" for service in closed)
        yield _line(f"closed_to_monitor: [{', '.join(service.role.value for service in closed)}]", f"{told}: sure")


def _connect_to(draft: Draft) -> Iterator[str]:
    if draft.connect_to:
        yield "connect_to:"
        yield from (f"  {json.dumps(here)}: {json.dumps(there)}" for here, there in draft.connect_to.items())


def _found(key: str, found: Found[str]) -> str:
    return _line(f"{key}: {_scalar(found.value)}", found.comment)


def _line(text: str, comment: str) -> str:
    return f"{text:{_COLUMN}}  # {_one_line(comment, _LONGEST_COMMENT)}"


def _one_line(text: str, longest: int) -> str:
    """Words of AWS and of people without line breaks and other signs that no comment of YAML may hold."""
    told = "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))
    return told if len(told) <= longest else f"{told[:longest]}…"


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and not _WORDS.fullmatch(text) else json.dumps(text)
