"""PostgreSQL and Redis: real servers that run as long as RDS and ElastiCache say ``available``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from botocore.exceptions import ClientError

from tests.sandbox.addresses import Addresses
from tests.sandbox.aws.security_groups import Interface
from tests.sandbox.platform import Account
from tests.sandbox.processes.database import Database
from tests.sandbox.processes.redis import RedisServer, TlsFiles
from tests.sandbox.services.network import BlockingSockets, FixedNetwork, Route
from tests.sandbox.services.redis_client import blocking_redis
from tests.sandbox.services.settings import Environment

if TYPE_CHECKING:
    from tests.sandbox.world import World

# RDS serves connections in these states (RDS user guide, "Viewing DB instance status").
_STORAGE_FULL = "storage-full"  # reads only
_SERVING = ("available", "backing-up", "modifying", "storage-optimization", "maintenance", _STORAGE_FULL)
_CLIENT_TIMEOUT_S = 2.0


class DataStores:
    """The two servers, and whether AWS says that they are available.

    ``postgres`` may be started while the world is being built; ``open`` comes after both.
    """

    def __init__(self, addresses: Addresses, folder: Path, redis_password: str, account: Account) -> None:
        self._account = account
        self.postgres = Database(addresses.of("postgres"), addresses.of("postgres-process"), 5432, folder / "postgres")
        self.redis = RedisServer(addresses.of("redis"), 6379, folder / "redis", password=redis_password)
        self._redis_password = redis_password
        self.is_database_available = True
        self.is_database_full = False
        self.is_redis_available = True

    def open(self, world: "World") -> None:
        """Start Redis, and open the database to clients, with certificates for the host names that AWS gave."""
        authority, settings = world.authority, world.store_settings
        if self._account.redis:
            if settings["redis_tls"] == "true":
                self.redis.tls = TlsFiles(*authority.files(authority.issue((settings["redis_host"],)), "redis"))
            self.redis.start()
        if self._account.database:
            self.postgres.offer_tls(authority.server_context(authority.issue((settings["database_host"],))))

    def begin(self) -> None:
        """Start the database, if the platform has one."""
        if self._account.database:
            self.postgres.start()

    @property
    def kinds(self) -> str:
        """What there is, for people."""
        there = ["PostgreSQL with TLS"] * bool(self._account.database) + [self._redis_kind] * bool(self._account.redis)
        return " and ".join(there) or "no data stores"

    @property
    def _redis_kind(self) -> str:
        missing = "a fake Redis without TLS (install redis-server for the real one)"
        return "Redis with TLS" if self.redis.is_real else missing

    def redis_client(self, world: "World") -> redis.Redis:
        """Return a client of Redis by its host name, over TLS where it has TLS, verified by the sandbox's authority."""
        scheme = "rediss" if self.redis.tls else "redis"
        host = world.store_settings["redis_host"]
        variables = {
            "REDIS_URL": f"{scheme}://:{self._redis_password}@{host}",
            "SSL_CERT_FILE": str(world.authority.bundle),
        }
        network = FixedNetwork({(host, self.redis.port): Route(self.redis.address, self.redis.port)})
        return blocking_redis(Environment(variables), BlockingSockets(network), _CLIENT_TIMEOUT_S)

    def stop(self) -> None:
        """Stop both."""
        self.postgres.stop()
        self.redis.stop()

    def follow(self, world: "World") -> None:
        """Let each server be up, down or (the database) read-only, as its state in AWS says."""
        if self._account.database:
            self._follow_database(world)
        if self._account.redis:
            self._follow_redis(world)

    def _follow_database(self, world: "World") -> None:
        database = _database(world)
        status = database["DBInstanceStatus"] if database else None
        is_available = status in _SERVING
        if is_available != self.is_database_available:
            self.postgres.start() if is_available else self.postgres.stop()
            self.is_database_available = is_available
        if is_available and (status == _STORAGE_FULL) != self.is_database_full:
            self.is_database_full = status == _STORAGE_FULL
            self.postgres.set_read_only(is_read_only=self.is_database_full)

    def _follow_redis(self, world: "World") -> None:
        group = _replication_group(world)
        is_available = group is not None and group["Status"] == "available"
        if is_available != self.is_redis_available:
            self.redis.start() if is_available else self.redis.stop()
            self.is_redis_available = is_available

    def interfaces(self, world: "World") -> dict[str, Interface]:
        """Return the data stores' host names, and the network interfaces they lead to."""
        found = {}
        if database := _database(world):
            groups = frozenset(group["VpcSecurityGroupId"] for group in database["VpcSecurityGroups"])
            found[database["Endpoint"]["Address"]] = Interface(world.addresses.of("postgres"), groups)
        if group := _replication_group(world):
            groups = frozenset({world.security_groups["redis"]})  # moto does not show those of the group
            host = group["NodeGroups"][0]["PrimaryEndpoint"]["Address"]
            found[host] = Interface(world.addresses.of("redis"), groups)
        return found


def _database(world: "World") -> dict[str, Any] | None:
    if world.account.database is None:
        return None
    try:
        described = world.rds.describe_db_instances(DBInstanceIdentifier=world.account.database)
    except ClientError:
        return None
    instance: dict[str, Any] = described["DBInstances"][0]
    return instance


def _replication_group(world: "World") -> dict[str, Any] | None:
    if world.account.redis is None:
        return None
    try:
        described = world.elasticache.describe_replication_groups(ReplicationGroupId=world.account.redis)
    except ClientError:
        return None
    group: dict[str, Any] = described["ReplicationGroups"][0]
    return group
