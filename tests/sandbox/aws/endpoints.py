"""The interface endpoints of the VPC: tasks reach AWS's services by them alone, and cannot start without.

Texts: Amazon ECS developer guide, "Stopped tasks error messages" and "CannotPullContainer task errors".
"""

from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.network_acls import PacketFilters
from tests.sandbox.aws.routes import reaches_s3
from tests.sandbox.aws.security_groups import Interface
from tests.sandbox.aws.task_start import TaskFailedToStartError

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
SERVICES = ("ecr.api", "ecr.dkr", "secretsmanager", "logs")
_HTTPS = 443
_CHECK = "Check your task network configuration."
_NOT_INITIALIZED = "ResourceInitializationError: unable to pull secrets or registry auth: "


def create_endpoints(world: "World") -> None:
    """Create the endpoint of each service that tasks need."""
    for service in SERVICES:
        create_endpoint(world, service)


def create_endpoint(world: "World", service: str) -> None:
    """Create the endpoint of a service in the private subnets of both zones."""
    world.ec2.create_vpc_endpoint(
        VpcId=world.vpc,
        ServiceName=_name(world, service),
        VpcEndpointType="Interface",
        SubnetIds=world.subnets,
        SecurityGroupIds=[world.security_groups["endpoints"]],
    )


def _name(world: "World", service: str) -> str:
    return f"com.amazonaws.{world.account.region}.{service}"


def delete_endpoint(world: "World", service: str) -> None:
    """Delete the endpoint of a service; moto would show it as deleted for ever, AWS does for a while."""
    endpoints = world.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    (identity,) = [item["VpcEndpointId"] for item in endpoints if item["ServiceName"] == _name(world, service)]
    world.ec2.delete_vpc_endpoints(VpcEndpointIds=[identity])
    ec2 = world.control_plane.backend("ec2")
    ec2.vpc_end_points = {key: item for key, item in ec2.vpc_end_points.items() if key != identity}


def require_way_to_aws(world: "World", container: Json, task: Interface) -> None:
    """Reach, in this order, the services without which a task does not start.

    Raises:
        TaskFailedToStartError: one of them cannot be reached from the task's network interface.

    """
    reached = _reached(world, task)
    if "ecr.api" not in reached:
        raise TaskFailedToStartError(
            f"{_NOT_INITIALIZED}The task cannot pull registry auth from Amazon ECR: There is a connection issue "
            f"between the task and Amazon ECR. {_CHECK} RequestError: send request failed caused by: Post "
            f'"https://api.ecr.{world.account.region}.amazonaws.com/": dial tcp: i/o timeout'
        )
    if container.get("secrets") and "secretsmanager" not in reached:
        arn = container["secrets"][0]["valueFrom"]
        raise TaskFailedToStartError(
            f"{_NOT_INITIALIZED}unable to retrieve secret from asm: There is a connection issue between the task and "
            f"AWS Secrets Manager. {_CHECK} failed to fetch secret {arn} from secrets manager: RequestCanceled: "
            "request context canceled caused by: context deadline exceeded"
        )
    if "ecr.dkr" not in reached or not reaches_s3(world, world.subnets[0]):  # layers are kept in S3
        image = container["image"]
        raise TaskFailedToStartError(
            f"CannotPullContainerError: The task cannot pull '{image}' from the Amazon ECR repository "
            f"'{image.rpartition(':')[0]}'. There is a connection issue between the task and Amazon ECR. {_CHECK}"
        )
    if "logs" not in reached:
        raise TaskFailedToStartError(
            "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch "
            "log group defined in the task definition. There is a connection issue between the task and Amazon "
            f"CloudWatch. {_CHECK}: exit status 1"
        )


def _reached(world: "World", task: Interface) -> set[str]:
    """Return the services whose endpoint lets the task in."""
    filters = PacketFilters.of(world)
    reached = set()
    for endpoint in world.ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        # An endpoint has an address in each subnet, so no network ACL stands between it and the task.
        groups = frozenset(group["GroupId"] for group in endpoint["Groups"])
        if endpoint["State"] == "available" and filters.allow(task, Interface(task.address, groups), _HTTPS):
            reached.add(endpoint["ServiceName"].removeprefix(_name(world, "")))
    return reached
