"""The state of 30 July 2025: auth works; the services api and mlflow, and their listener rules, were never created.

The listener's default forwards to the API's target group, which is empty: everything but auth gets the load
balancer's 503. With that default the API's own rules are not needed, so their absence is no cause; the direct route
to MLflow is, and stays hidden until the services exist.
"""

from tests.sandbox.aws.load_balancers import NOT_FOUND
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "2025-08"
_LOAD_BALANCER = "hokusai-development"
CAUSES = (
    Cause(kind="ecs-service-missing", resource="hokusai-api-development"),
    Cause(kind="ecs-service-missing", resource="hokusai-mlflow-development"),
    Cause(kind="listener-rule-missing", resource=f"{_LOAD_BALANCER}:443 /mlflow/*"),
)


def break_(world: World) -> None:
    """Take away both services and the rules that lead to them; let the default forward to the API's group."""
    for role in ("api", "mlflow"):
        world.forget_service(role)
    for rule in world.platform.load_balancers[0].rules:
        if rule.role != "auth":
            world.delete_rule(_LOAD_BALANCER, rule.priority)
    forward = {"Type": "forward", "TargetGroupArn": world.target_groups["api"]}
    world.elbv2.modify_listener(ListenerArn=world.listener(_LOAD_BALANCER)["ListenerArn"], DefaultActions=[forward])


def mend(world: World) -> None:
    """Create the services and the rules."""
    for role in ("mlflow", "api"):
        world.create_service(role)
    for rule in world.platform.load_balancers[0].rules:
        if rule.role != "auth":
            world.create_rule(_LOAD_BALANCER, rule.priority)
    world.elbv2.modify_listener(ListenerArn=world.listener(_LOAD_BALANCER)["ListenerArn"], DefaultActions=[NOT_FOUND])
