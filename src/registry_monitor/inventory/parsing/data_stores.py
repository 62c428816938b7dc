"""Answers of RDS, ElastiCache and S3."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_monitor.inventory.facts import Bucket, Cache, Database


def database(answer: Mapping[str, Any]) -> Database:
    """DescribeDBInstances of one identifier."""
    [instance] = answer["DBInstances"]
    endpoint = instance.get("Endpoint", {})
    return Database(
        id=instance["DBInstanceIdentifier"],
        status=instance["DBInstanceStatus"],
        host=endpoint.get("Address"),
        port=endpoint.get("Port"),
        engine=instance["Engine"],
        engine_version=instance.get("EngineVersion"),
        allocated_storage_gb=instance.get("AllocatedStorage"),
        security_groups=tuple(group["VpcSecurityGroupId"] for group in instance.get("VpcSecurityGroups", [])),
        ca_identifier=instance.get("CACertificateIdentifier"),
        is_encrypted=instance.get("StorageEncrypted"),
    )


def databases(pages: Iterable[Mapping[str, Any]]) -> tuple[Database, ...]:
    """DescribeDBInstances, all pages."""
    return tuple(database({"DBInstances": [instance]}) for page in pages for instance in page["DBInstances"])


def caches(pages: Iterable[Mapping[str, Any]]) -> tuple[Cache, ...]:
    """DescribeReplicationGroups, all pages."""
    return tuple(cache({"ReplicationGroups": [group]}) for page in pages for group in page["ReplicationGroups"])


def cache(answer: Mapping[str, Any]) -> Cache:
    """DescribeReplicationGroups of one id. In cluster mode its endpoint is the group's, else that of its primary."""
    [group] = answer["ReplicationGroups"]
    nodes = group.get("NodeGroups", [])
    endpoint = group.get("ConfigurationEndpoint") or (nodes[0].get("PrimaryEndpoint", {}) if nodes else {})
    return Cache(
        id=group["ReplicationGroupId"],
        status=group["Status"],
        host=endpoint.get("Address"),
        port=endpoint.get("Port"),
        has_tls=group.get("TransitEncryptionEnabled"),
        has_auth_token=group.get("AuthTokenEnabled"),
        member_clusters=tuple(group.get("MemberClusters", [])),
    )


def cluster_security_groups(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """DescribeCacheClusters of one id."""
    [cluster] = answer["CacheClusters"]
    return tuple(group["SecurityGroupId"] for group in cluster.get("SecurityGroups", []))


def bucket(name: str, answer: Mapping[str, Any]) -> Bucket:
    """GetBucketEncryption. A bucket has at most one rule (S3 API Reference, PutBucketEncryption)."""
    rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
    by_default = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    return Bucket(name=name, encryption=by_default.get("SSEAlgorithm"))
