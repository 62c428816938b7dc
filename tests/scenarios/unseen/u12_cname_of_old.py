"""A migration tool wrote a CNAME to the load balancer of two years ago, which is gone: the name leads nowhere.

The load balancer of today is healthy, and nobody finds it. Source: ELB user guide, "Requests sent to a custom domain
aren't received by the load balancer".
"""

from tests.sandbox.platforms import AUTH_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import AUTH_BALANCER

PLATFORM = "head"
CAUSES = (Cause(kind="dns-record-wrong", resource=AUTH_HOST),)
_OLD = "hokusai-auth-2024-1063571890.us-east-1.elb.amazonaws.com"


def break_(world: World) -> None:
    """Put a CNAME in the place of the alias."""
    zone = world.route53.list_hosted_zones_by_name(DNSName="hokus.ai")["HostedZones"][0]["Id"]
    world.delete_record(AUTH_HOST)
    record = {"Name": AUTH_HOST, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": _OLD}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
    world.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def mend(world: World) -> None:
    """Put the alias back."""
    world.delete_record(AUTH_HOST)
    world.set_record(AUTH_HOST, AUTH_BALANCER)
