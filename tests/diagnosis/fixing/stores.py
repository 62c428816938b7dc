"""What services keep things in: the database, Redis, buckets, secrets and log groups."""

from typing import Any

from tests.diagnosis.fixing.outcomes import NotApplicableError
from tests.diagnosis.fixing.resources import Attributes, Resource


def database(resource: Resource) -> Attributes:
    """Give a DB instance more storage; RDS serves writes again as soon as it has some."""
    resource.takes_only("allocated_storage", "max_allocated_storage", "apply_immediately")
    if resource.subject is None:
        raise NotApplicableError("the sandbox creates no database")
    rds, values = resource.world.rds, resource.values
    before = rds.describe_db_instances(DBInstanceIdentifier=resource.subject)["DBInstances"][0]
    rds.modify_db_instance(
        DBInstanceIdentifier=resource.subject,
        AllocatedStorage=resource.required("allocated_storage"),
        MaxAllocatedStorage=values.get("max_allocated_storage", 0),
        ApplyImmediately=values.get("apply_immediately", False),
    )
    grows = values["allocated_storage"] > before["AllocatedStorage"] and values.get("apply_immediately")
    if before["DBInstanceStatus"] == "storage-full" and grows:
        resource.world.set_database_status("available")
    return {"id": resource.subject}


def redis(resource: Resource) -> Attributes:
    """Create a replication group, whose servers are new: no sandbox starts them."""
    raise NotApplicableError(f"the sandbox starts no new Redis for {resource.required('replication_group_id')}")


def bucket(resource: Resource) -> Attributes:
    """Create a bucket."""
    resource.takes_only("bucket")
    name = resource.required("bucket")
    resource.world.s3.create_bucket(Bucket=name)
    return {"id": name, "arn": f"arn:aws:s3:::{name}"}


def secret(resource: Resource) -> Attributes:
    """Create a secret, which has no value: that is for a person to give."""
    raise NotApplicableError(f"it asks for the content of {resource.required('name')}")


def log_group(resource: Resource) -> Attributes:
    """Create a log group."""
    resource.takes_only("name", "retention_in_days")
    logs, name = resource.world.logs, resource.required("name")
    logs.create_log_group(logGroupName=name)
    if "retention_in_days" in resource.values:
        logs.put_retention_policy(logGroupName=name, retentionInDays=resource.values["retention_in_days"])
    found: list[dict[str, Any]] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return {"arn": found[0]["arn"], "name": name}
