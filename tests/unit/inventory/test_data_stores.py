"""The database, the cache and the bucket, as moto's RDS, ElastiCache and S3 answer for them."""

from typing import Any

import pytest

from registry_monitor.inventory.facts import Bucket, known
from registry_monitor.inventory.reader import InventoryReader
from tests.unit.inventory.conftest import REGION, Account, target_of

TIME_S = 10.0


def reader() -> InventoryReader:
    return InventoryReader(target_of("auth"))


def test_database__of_an_identifier(account: Account) -> None:
    """An instance is told as RDS has it."""
    rds = account.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="a-db",
        Engine="postgres",
        EngineVersion="15.8",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="any",
        MasterUserPassword="fake-password",
        StorageEncrypted=True,
    )
    [raw] = rds.describe_db_instances(DBInstanceIdentifier="a-db")["DBInstances"]
    told = known(reader().database("a-db", TIME_S))
    assert told is not None
    assert (told.id, told.status, told.engine, told.engine_version) == ("a-db", "available", "postgres", "15.8")
    assert (told.host, told.port) == (raw["Endpoint"]["Address"], 5432)
    assert (told.allocated_storage_gb, told.is_encrypted) == (20, True)
    assert told.ca_identifier == raw["CACertificateIdentifier"]
    assert told.security_groups == tuple(group["VpcSecurityGroupId"] for group in raw["VpcSecurityGroups"])


@pytest.mark.parametrize(("is_guarded"), [True, False])
def test_cache__of_an_id(account: Account, is_guarded: bool) -> None:
    """A group is told with its endpoint, and whether it wants TLS and a token."""
    elasticache = account.client("elasticache")
    guard: dict[str, Any] = (
        {"TransitEncryptionEnabled": True, "AuthToken": "fake-auth-token-of-16"} if is_guarded else {}
    )
    name = f"rg-{is_guarded}".lower()
    elasticache.create_replication_group(
        ReplicationGroupId=name,
        ReplicationGroupDescription="any",
        NumCacheClusters=1,
        CacheNodeType="cache.t3.micro",
        Engine="redis",
        Port=6379,
        **guard,
    )
    [raw] = elasticache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
    told = known(reader().cache(name, TIME_S))
    assert told is not None
    assert (told.id, told.status, told.has_tls, told.has_auth_token) == (name, "available", is_guarded, is_guarded)
    assert (told.host, told.port) == (raw["NodeGroups"][0]["PrimaryEndpoint"]["Address"], 6379)
    assert told.member_clusters == tuple(raw["MemberClusters"])


@pytest.mark.parametrize("algorithm", ["AES256", "aws:kms", None])
def test_bucket__encryption(account: Account, algorithm: str | None) -> None:
    """A bucket is told with how it encrypts by default, and one that does not is told apart from one that is absent."""
    s3, name = account.client("s3"), f"bucket-{algorithm or 'plain'}".replace(":", "-").lower()
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if algorithm:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    else:
        s3.delete_bucket_encryption(Bucket=name)
    assert known(reader().bucket(name, TIME_S)) == Bucket(name=name, encryption=algorithm)
    s3.delete_bucket(Bucket=name)


def test_data_stores__that_do_not_exist(account: Account) -> None:
    """Absence is a fact, proved by the error that says so."""
    asked = reader()
    facts = (asked.database("gone", TIME_S), asked.cache("gone", TIME_S), asked.bucket("gone-bucket", TIME_S))
    assert [known(fact) for fact in facts] == [None, None, None]
