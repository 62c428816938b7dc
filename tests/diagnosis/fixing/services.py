"""ECS: the cluster and its services."""

import datetime as dt
from typing import Any

from tests.diagnosis.fixing.resources import Attributes, Resource
from tests.sandbox.platforms import CLUSTER
from tests.sandbox.world import Json, World

_DEFAULT_ROLLOUT = {  # of AWS, as the provider has them
    "minimumHealthyPercent": 100,
    "maximumPercent": 200,
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
}
_DELETED_WITHIN = dt.timedelta(minutes=20)  # so long the provider waits for a service that is being deleted


def cluster(resource: Resource) -> Attributes:
    """Create a cluster."""
    resource.takes_only("name")
    created = resource.world.ecs.create_cluster(clusterName=resource.required("name"))["cluster"]
    return {"arn": created["clusterArn"], "name": created["clusterName"]}


def service(resource: Resource) -> Attributes:
    """Change a service, or create it; one that is being deleted is waited for."""
    resource.takes_only(
        "name",
        "cluster",
        "task_definition",
        "desired_count",
        "launch_type",
        "network_configuration",
        "load_balancer",
        "service_registries",
        "capacity_provider_strategy",
    )
    ecs, change = resource.world.ecs, _settings(resource)
    if resource.subject is not None:
        changed = ecs.update_service(cluster=CLUSTER, service=resource.subject, **change)["service"]
        if "loadBalancers" in change:  # moto's update_service does not take them
            known = resource.world.control_plane.backend("ecs").services
            known[f"{CLUSTER}:{changed['serviceName']}"].load_balancers = change["loadBalancers"]
            # ECS then deploys anew (ECS developer guide, "Update service load balancer parameters").
            ecs.update_service(cluster=CLUSTER, service=resource.subject, forceNewDeployment=True)
        return {"arn": changed["serviceArn"], "name": changed["serviceName"]}
    name, cluster_name = resource.required("name"), resource.required("cluster")
    _wait_until_deleted(resource.world, name)
    launch = {"launchType": resource.values["launch_type"]} if "launch_type" in resource.values else {}
    created = ecs.create_service(cluster=cluster_name, serviceName=name, **launch, **change)["service"]
    # moto's create_service knows no defaults of AWS, and its update_service keeps them.
    ecs.update_service(cluster=cluster_name, service=name, deploymentConfiguration=_DEFAULT_ROLLOUT)
    return {"arn": created["serviceArn"], "name": created["serviceName"]}


def _settings(resource: Resource) -> dict[str, Any]:
    """What create_service and update_service both take."""
    values = resource.values
    known: dict[str, Any] = {
        "taskDefinition": values.get("task_definition"),
        "desiredCount": values.get("desired_count"),
        "networkConfiguration": next(
            (_network(block.values) for block in resource.inner("network_configuration")), None
        ),
        "loadBalancers": [
            {
                "targetGroupArn": block.values["target_group_arn"],
                "containerName": block.values["container_name"],
                "containerPort": block.values["container_port"],
            }
            for block in resource.inner("load_balancer")
        ],
        "serviceRegistries": [
            {"registryArn": block.values["registry_arn"]} for block in resource.inner("service_registries")
        ],
        "capacityProviderStrategy": [
            {
                "capacityProvider": block.values["capacity_provider"],
                "weight": block.values.get("weight", 0),
                "base": block.values.get("base", 0),
            }
            for block in resource.inner("capacity_provider_strategy")
        ],
    }
    return {name: value for name, value in known.items() if value not in (None, [])}


def _network(values: Json) -> Json:
    settings = {
        "subnets": values["subnets"],
        "securityGroups": values.get("security_groups", []),
        "assignPublicIp": "ENABLED" if values.get("assign_public_ip") else "DISABLED",
    }
    return {"awsvpcConfiguration": settings}


def _wait_until_deleted(world: World, name: str) -> None:
    """Let time pass while a service is DRAINING, as the provider does."""
    found = world.ecs.describe_services(cluster=CLUSTER, services=[name])["services"]
    if not any(each["status"] == "DRAINING" for each in found):
        return
    world.settles_as_of = -_DELETED_WITHIN
    try:
        world.settle()
    finally:
        world.settles_as_of = dt.timedelta(0)
