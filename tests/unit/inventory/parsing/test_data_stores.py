"""Answers of RDS, ElastiCache and S3 become facts; what is being created has no endpoint yet."""

from registry_monitor.inventory.parsing import data_stores


def test_database__being_created() -> None:
    """An instance without an endpoint is told without one."""
    bare = {"DBInstanceIdentifier": "db", "DBInstanceStatus": "creating", "Engine": "postgres"}
    told = data_stores.database({"DBInstances": [bare]})
    assert (told.status, told.host, told.port, told.security_groups) == ("creating", None, None, ())
    assert (told.is_encrypted, told.ca_identifier, told.allocated_storage_gb) == (None, None, None)


def test_cache__being_created() -> None:
    """A group without nodes is told without an endpoint."""
    told = data_stores.cache({"ReplicationGroups": [{"ReplicationGroupId": "rg", "Status": "creating"}]})
    assert (told.status, told.host, told.port, told.has_tls, told.member_clusters) == ("creating", None, None, None, ())


def test_cache__in_cluster_mode() -> None:
    """In cluster mode clients are given the group's own endpoint; its nodes have no primary."""
    group = {
        "ReplicationGroupId": "rg",
        "Status": "available",
        "ConfigurationEndpoint": {"Address": "clustercfg.rg", "Port": 6380},
        "NodeGroups": [{"NodeGroupId": "0001"}, {"NodeGroupId": "0002"}],
    }
    told = data_stores.cache({"ReplicationGroups": [group]})
    assert (told.host, told.port) == ("clustercfg.rg", 6380)


def test_bucket__with_a_rule_for_keys_only() -> None:
    """A rule that names no algorithm encrypts nothing by default."""
    told = data_stores.bucket("b", {"ServerSideEncryptionConfiguration": {"Rules": [{"BucketKeyEnabled": True}]}})
    assert (told.name, told.encryption) == ("b", None)
