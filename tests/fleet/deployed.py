"""The fleet as it is deployed: fleet.yaml, with the parameters that the transformed template.yaml gives it."""

import json
from functools import cache

from tests.template.deployed import DeployedStack
from tests.template.stack import ROOT, Json, load_template

FLEET_FILE = ROOT / "fleet.yaml"
REGION, ACCOUNT, BUCKET = "us-east-1", "123456789012", "the-reports"
_ITS_OWN = {"Fleet": "yes", "VpcId": "vpc-1", "VpcCidr": "10.0.0.0/16", "SubnetIds": "subnet-1"}


@cache
def monitors_stack() -> DeployedStack:
    """The stack of the monitor, with a fleet."""
    names = {"ReportsBucket": BUCKET, "AlertsKey": "key", "MonitorRole": "role", "MonitorSecurityGroup": "sg-1"}
    return DeployedStack(REGION, ACCOUNT, _ITS_OWN, names)


@cache
def fleets_stack() -> DeployedStack:
    """The stack that it nests."""
    given = monitors_stack().properties("FleetStack")["Parameters"]
    roles = {name: name for name in ("FleetRole", "SchedulesRole")}
    return DeployedStack(REGION, ACCOUNT, given, roles, load_template(FLEET_FILE))


def schedule_input(schedule: str) -> Json:
    """What a schedule starts the state machine with."""
    given: Json = json.loads(fleets_stack().properties(schedule)["Target"]["Input"])
    return given
