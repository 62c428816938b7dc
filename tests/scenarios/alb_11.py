"""ALB-11: a page of a maintenance that is over was forgotten: the registry's host answers 503 by a rule."""

from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
_LOAD_BALANCER, _PRIORITY = "hokusai-registry-development", 10
CAUSES = (Cause(kind="listener-rule-fixed-response", resource=f"{_LOAD_BALANCER}:443 priority {_PRIORITY}"),)


def break_(world: World) -> None:
    """Create the rule."""
    page = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "Down for maintenance"}
    world.elbv2.create_rule(
        ListenerArn=world.listener(_LOAD_BALANCER)["ListenerArn"],
        Priority=_PRIORITY,
        Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": [REGISTRY_HOST]}}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": page}],
    )


def mend(world: World) -> None:
    """Delete the rule."""
    world.delete_rule(_LOAD_BALANCER, _PRIORITY)
