"""PostgreSQL and Redis: real servers that run as long as RDS and ElastiCache say ``available``."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.sandbox.addresses import Addresses
from tests.sandbox.aws.security_groups import Interface
from tests.sandbox.platforms import DATABASE, REDIS
from tests.sandbox.processes.postgres import PostgresServer
from tests.sandbox.processes.redis import RedisServer

if TYPE_CHECKING:
    from tests.sandbox.world import World

# RDS serves connections in these states (RDS user guide, "Viewing DB instance status").
_SERVING = ("available", "backing-up", "modifying", "storage-optimization", "maintenance")


class DataStores:
    """The two servers, and whether AWS says that they are available."""

    def __init__(self, addresses: Addresses, folder: Path, redis_password: str) -> None:
        self.postgres = PostgresServer(addresses.of("postgres"), 5432, folder / "postgres")
        self.redis = RedisServer(addresses.of("redis"), 6379, folder / "redis", password=redis_password)
        self.is_database_available = True
        self.is_redis_available = True

    def start(self) -> None:
        """Start both side by side."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            for started in [pool.submit(self.postgres.start), pool.submit(self.redis.start)]:
                started.result()

    @property
    def database_uri(self) -> str:
        """The SQLAlchemy URI of MLflow's database."""
        return self.postgres.uri

    @property
    def redis_kind(self) -> str:
        """What Redis is, for people."""
        return "Redis" if self.redis.is_real else "a fake Redis (install redis-server for the real one)"

    def stop(self) -> None:
        """Stop both."""
        self.postgres.stop()
        self.redis.stop()

    def follow(self, world: "World") -> None:
        """Start or stop each server as its state in AWS says."""
        database = _database(world)
        is_available = database is not None and database["DBInstanceStatus"] in _SERVING
        if is_available != self.is_database_available:
            self.postgres.start() if is_available else self.postgres.stop()
            self.is_database_available = is_available
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
    try:
        described = world.rds.describe_db_instances(DBInstanceIdentifier=DATABASE)
    except ClientError:
        return None
    instance: dict[str, Any] = described["DBInstances"][0]
    return instance


def _replication_group(world: "World") -> dict[str, Any] | None:
    try:
        described = world.elasticache.describe_replication_groups(ReplicationGroupId=REDIS)
    except ClientError:
        return None
    group: dict[str, Any] = described["ReplicationGroups"][0]
    return group
