"""Settings of what the services lean on: names, certificates, secrets, roles and stores."""

from collections.abc import Iterable, Iterator

from registry_monitor.inventory.deep_facts import Statement
from registry_monitor.inventory.facts import Inventory
from registry_monitor.inventory.settings.configured import Configured, Scope, known


def records(inventory: Inventory) -> Iterator[Scope]:
    """The DNS records for each public host."""
    for host, found in known(inventory.host_records):
        values = frozenset(f"{each.name} {each.kind} {one}" for each in found.records for one in each.values)
        yield f"DNS of {host}", [Configured("DNS of", host, (), {"records": values})]


def certificates(inventory: Inventory) -> Iterator[Scope]:
    """The certificates of the listeners."""
    for arn, found in known(inventory.certificates):
        yield f"certificate {arn}", [] if found is None else [
            Configured("certificate", ", ".join(found.names), (arn,), {
                "status": found.status,
                "end": str(found.ends_at),
            })
        ]  # fmt: skip


def secrets(inventory: Inventory) -> Iterator[Scope]:
    """The secrets that tasks read: when their value was changed last, never the value."""
    for name, found in known(inventory.secrets):
        yield f"secret {name}", [] if found is None else [
            Configured("secret", found.name, (found.arn, name), {
                "value": f"the one of {found.changed_at}",
                "deletion": str(found.deleted_at or "not planned"),
            })
        ]  # fmt: skip


def roles(inventory: Inventory) -> Iterator[Scope]:
    """The roles of the tasks."""
    for arn, found in known(inventory.roles):
        yield f"role {arn}", [] if found is None else [
            Configured("role", found.name, (arn,), {
                "attached policies": frozenset(found.managed),
                "statements": _told(found.statements),
            })
        ]  # fmt: skip


def bucket_policies(inventory: Inventory) -> Iterator[Scope]:
    """What the policy of the artifact bucket itself allows and denies."""
    for name, found in known(inventory.bucket_policies):
        yield f"policy of bucket {name}", [Configured("policy of bucket", name, (), {"statements": _told(found)})]


def _told(statements: Iterable[Statement]) -> frozenset[str]:
    return frozenset(
        f"{each.effect} {', '.join(each.actions)} on {', '.join(each.resources)}"
        + (f" to {', '.join(each.principals)}" if each.principals else "")
        for each in statements
    )


def stores(inventory: Inventory) -> Iterator[Scope]:
    """The database, Redis and the bucket."""
    for name, database in known(inventory.databases):
        yield f"database {name}", [] if database is None else [
            Configured("database", name, (), {
                "address": f"{database.host}:{database.port}",
                "engine": f"{database.engine} {database.engine_version}",
                "security groups": frozenset(database.security_groups),
                "certificate authority": database.ca_identifier or "unknown",
            })
        ]  # fmt: skip
    for name, cache in known(inventory.caches):
        yield f"Redis {name}", [] if cache is None else [
            Configured("Redis", name, (), {
                "address": f"{cache.host}:{cache.port}",
                "TLS": "on" if cache.has_tls else "off",
                "password": "needed" if cache.has_auth_token else "not needed",
                "security groups": frozenset(cache.security_groups),
            })
        ]  # fmt: skip
    for name, bucket in known(inventory.buckets):
        yield (
            f"bucket {name}",
            [] if bucket is None else [Configured("bucket", name, (), {"encryption": bucket.encryption or "none"})],
        )
