"""What the services keep their data in: by the addresses that they are told, else by who is let in."""

import re
from collections.abc import Iterable, Mapping, Sequence

from registry_monitor.discovery.draft import DatabaseDraft, Found, RedisDraft, Sureness
from registry_monitor.discovery.seen import Seen
from registry_monitor.inventory.facts import Cache, Database, EcsService

_REDIS_NAMES = re.compile(r"(?i)redis|valkey")
_JUDGES = re.compile(r"(?i)auth|identity|login")
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?=[/\s]|$)")


def find_database(seen: Seen, mlflow: EcsService) -> tuple[DatabaseDraft | None, str | None]:
    """The RDS instance behind MLflow."""
    found = _match(seen, [mlflow], seen.databases)
    if found is None:
        return None, f"database: no RDS instance was found to be that of {mlflow.name}"
    return DatabaseDraft(Found(found.value.id, found.source, found.sureness), found.value.engine), None


def find_redis(seen: Seen, services: Mapping[str, EcsService]) -> tuple[RedisDraft | None, str | None]:
    """The replication group that the services, by their roles, use; one that judges keys rests on it before others."""
    roles = [role for role, each in services.items() if any(map(_REDIS_NAMES.search, seen.variable_names(each)))]
    asking = [services[role] for role in roles]
    if not asking:
        return None, None
    found = _match(seen, asking, seen.caches)
    if found is not None:
        group = Found(found.value.id, found.source, found.sureness)
        first = min(roles, key=lambda role: not _JUDGES.search(role))
        is_alone = len(roles) == 1
        told = "its variables speak of Redis" if is_alone else f"of {', '.join(roles)}, whose variables speak of Redis"
        service = Found(first, told, Sureness.SURE if is_alone else Sureness.LIKELY)
        return RedisDraft(group, service, has_tls=bool(found.value.has_tls)), None
    names = ", ".join(service.name for service in asking)
    return None, f"redis: {names} has variables that speak of it, and no replication group was found to be theirs"


def find_bucket(seen: Seen, mlflow: EcsService) -> tuple[Found[str] | None, str | None]:
    """The bucket that MLflow's command or variables name; one of artifacts before others."""
    named = [(bucket, place) for place, text in seen.texts(mlflow) for bucket in _BUCKET.findall(text)]
    named.sort(key=lambda each: "artifact" not in "".join(each).lower())
    if named:
        bucket, place = named[0]
        return Found(bucket, place), None
    return None, f"artifacts_bucket: neither command nor variables of {mlflow.name} name one"


def database_of(seen: Seen, name: str) -> Database:
    """The RDS instance of this name."""
    return next(each for each in seen.databases if each.id == name)


def cache_of(seen: Seen, name: str) -> Cache:
    """The replication group of this name."""
    return next(each for each in seen.caches if each.id == name)


def _match[S: (Database, Cache)](seen: Seen, services: Sequence[EcsService], stores: Sequence[S]) -> Found[S] | None:
    """The one whose address a service is told; else the only one that lets these services in."""
    for service in services:
        for place, text in seen.texts(service):
            for store in stores:
                if store.host and store.host.lower() in text.lower():
                    return Found(store, place)
    groups = {group for service in services for group in service.security_groups}
    open_to = [store for store in stores if _lets_in(seen, store.security_groups, store.port, groups)]
    if len(open_to) == 1:
        who = ", ".join(service.name for service in services)
        return Found(open_to[0], f"its security group lets {who} in", Sureness.LIKELY)
    return None


def _lets_in(seen: Seen, groups: Iterable[str], port: int | None, sources: set[str]) -> bool:
    rules = [rule for group in groups if group in seen.security_groups for rule in seen.security_groups[group].ingress]
    return any(
        sources & set(rule.groups)
        and (rule.from_port is None or port is None or rule.from_port <= port <= (rule.to_port or rule.from_port))
        for rule in rules
    )
