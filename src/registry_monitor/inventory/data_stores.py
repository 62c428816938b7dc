"""What RDS, ElastiCache and S3 say of the platform's data stores. Absence is proved by their ...NotFound errors."""

import json
from typing import Any

from botocore.exceptions import ClientError

from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.deep_facts import Statement
from registry_monitor.inventory.facts import Bucket, Cache, Database
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import data_stores as parsing
from registry_monitor.inventory.parsing.roles import statements

DESCRIBE_DATABASES = "rds:DescribeDBInstances"
DESCRIBE_CACHES = "elasticache:DescribeReplicationGroups"
DESCRIBE_CLUSTERS = "elasticache:DescribeCacheClusters"
GET_ENCRYPTION = "s3:GetEncryptionConfiguration"  # what IAM calls S3's GetBucketEncryption
GET_BUCKET_POLICY = "s3:GetBucketPolicy"


def read_database(client: Any, identifier: str) -> Database | None:
    """One RDS instance, or None where there is none of this identifier."""
    try:
        return parsing.database(client.describe_db_instances(DBInstanceIdentifier=identifier))
    except client.exceptions.DBInstanceNotFoundFault:
        return None


def read_databases(client: Any) -> tuple[Database, ...]:
    """All RDS instances of the region."""
    return parsing.databases(pages_of(client, "describe_db_instances"))


def read_caches(client: Any) -> tuple[Cache, ...]:
    """All replication groups of the region, each with the security groups of its first member."""
    with asking(DESCRIBE_CACHES):
        caches = parsing.caches(pages_of(client, "describe_replication_groups"))
    with asking(DESCRIBE_CLUSTERS):
        return tuple(
            cache.model_copy(update={"security_groups": _security_groups(client, cache.member_clusters[0])})
            if cache.member_clusters
            else cache
            for cache in caches
        )


def read_cache(client: Any, replication_group_id: str) -> Cache | None:
    """One replication group, or None where there is none of this id."""
    with asking(DESCRIBE_CACHES):
        try:
            cache = parsing.cache(client.describe_replication_groups(ReplicationGroupId=replication_group_id))
        except client.exceptions.ReplicationGroupNotFoundFault:
            return None
    if not cache.member_clusters:
        return cache
    with asking(DESCRIBE_CLUSTERS):
        return cache.model_copy(update={"security_groups": _security_groups(client, cache.member_clusters[0])})


def _security_groups(client: Any, cluster_id: str) -> tuple[str, ...]:
    """Of one cluster; the replication group itself tells of none."""
    try:
        return parsing.cluster_security_groups(client.describe_cache_clusters(CacheClusterId=cluster_id))
    except client.exceptions.CacheClusterNotFoundFault:
        return ()  # replaced since the group told of it


def read_bucket(client: Any, name: str) -> Bucket | None:
    """One bucket, or None where nobody has one of this name."""
    try:
        return parsing.bucket(name, client.get_bucket_encryption(Bucket=name))
    except ClientError as error:  # S3's model names neither of these errors for this call
        match error.response["Error"]["Code"]:
            case "NoSuchBucket":
                return None
            case "ServerSideEncryptionConfigurationNotFoundError":
                return Bucket(name=name, encryption=None)
        raise


def read_bucket_policy(client: Any, name: str) -> tuple[Statement, ...]:
    """The statements of a bucket's own policy; none where there is no policy, or no bucket."""
    try:
        return statements(json.loads(client.get_bucket_policy(Bucket=name)["Policy"]))
    except ClientError as error:  # S3's model names neither of these errors for this call
        if error.response["Error"]["Code"] in ("NoSuchBucketPolicy", "NoSuchBucket"):
            return ()
        raise
