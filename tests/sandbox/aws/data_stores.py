"""The healthy data stores: RDS, ElastiCache, S3, secrets, images and log groups."""

import hashlib
import json
from typing import TYPE_CHECKING

from tests.sandbox import platforms
from tests.sandbox.processes.redis import is_installed

if TYPE_CHECKING:
    from tests.sandbox.world import World

IMAGE_TAG = "2026-07-01-3f2a9c1"
_NODE = "cache.t3.micro"


def create_data_stores(world: "World") -> None:
    """Create the database, the cache, the buckets, the secrets, and each service's image and log group."""
    if world.account.database:
        _create_subnet_groups(world)
        create_database(world)
    if world.account.redis:
        _create_redis(world)
    _create_buckets(world)
    _create_topic(world)
    _create_secrets(world)
    for service in world.platform.services:
        world.ecr.create_repository(repositoryName=service.container)
        put_image(world, service.container, IMAGE_TAG)
        world.logs.create_log_group(logGroupName=f"/ecs/{service.name}")


def put_image(world: "World", repository: str, tag: str) -> None:
    """Push an image (its manifest alone) under ``tag``."""
    digest = hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 7, "digest": f"sha256:{digest}"}
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": []}
    world.ecr.put_image(
        repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest), imageManifestMediaType=media_type
    )


def _create_subnet_groups(world: "World") -> None:
    name, description = world.account.subnet_group, "Both zones"
    world.rds.create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription=description, SubnetIds=world.subnets
    )
    world.elasticache.create_cache_subnet_group(
        CacheSubnetGroupName=name, CacheSubnetGroupDescription=description, SubnetIds=world.subnets
    )


def create_database(world: "World") -> None:
    """Create the DB instance, healthy."""
    world.rds.create_db_instance(
        DBInstanceIdentifier=world.account.database,
        Engine="postgres",
        EngineVersion="15.8",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        DBName="mlflow_db",
        MasterUsername="mlflow",
        MasterUserPassword=world.secrets.database_password,
        DBSubnetGroupName=world.account.subnet_group,
        VpcSecurityGroupIds=[world.security_groups["rds"]],
        StorageEncrypted=True,
    )


def _create_redis(world: "World") -> None:
    world.elasticache.create_replication_group(
        ReplicationGroupId=world.account.redis,
        ReplicationGroupDescription="Key validations and rate limits",
        NumCacheClusters=1,
        CacheNodeType=_NODE,
        Engine="redis",
        Port=6379,
        CacheSubnetGroupName=world.account.subnet_group,
        SecurityGroupIds=[world.security_groups["redis"]],
        # AWS takes a token only together with encryption, and the fall-back for redis-server has neither.
        **({"TransitEncryptionEnabled": True, "AuthToken": world.secrets.redis_password} if is_installed() else {}),
    )
    # Its only member, which alone tells of security groups; moto makes none of itself, and does not tell of them.
    member = f"{world.account.redis}-001"
    world.elasticache.create_cache_cluster(CacheClusterId=member, CacheNodeType=_NODE, Engine="redis", NumCacheNodes=1)
    groups = [{"SecurityGroupId": world.security_groups["redis"], "Status": "active"}]
    world.control_plane.backend("elasticache").cache_clusters[member].security_groups = groups


def _create_buckets(world: "World") -> None:
    region = world.account.region
    # S3 has no constraint of that name for its first region (S3 API reference, CreateBucketConfiguration).
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
    for bucket in (world.account.artifacts_bucket, platforms.REPORTS_BUCKET):
        world.s3.create_bucket(Bucket=bucket, **place)
        world.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        world.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _create_topic(world: "World") -> None:
    world.sns.create_topic(Name=platforms.NOTICE_TOPIC)


def _create_secrets(world: "World") -> None:
    secrets = world.secrets
    values = {name: value_of(secrets) for name, value_of in world.account.task_secrets.items()}
    values[f"{platforms.MONITOR_SECRET_PREFIX}{world.platform.target}"] = secrets.monitor_keys
    for name, value in values.items():
        world.secretsmanager.create_secret(Name=name, SecretString=json.dumps(value))
