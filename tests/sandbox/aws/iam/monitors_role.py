"""The role that template.yaml gives to the monitor's functions, for a stack that watches the sandbox's platform."""

from tests.sandbox.aws.iam.authorization import TOPICS_KEY
from tests.sandbox.aws.iam.policies import Policies
from tests.sandbox.aws.iam.role import Role
from tests.sandbox.platform import Account
from tests.sandbox.platforms import HOKUSAI, REPORTS_BUCKET
from tests.template.deployed import DeployedStack

FUNCTION, ROLE = "MonitorFunction", "MonitorRole"


def deployed_stack(target: str, region: str, account: str, platforms: Account = HOKUSAI) -> DeployedStack:
    """The stack of a target; ``platforms``: the names of what it watches."""
    parameters = {
        "TargetName": target,
        "ClusterName": platforms.cluster,
        "ArtifactsBucketName": platforms.artifacts_bucket,
        "PlatformPrefix": platforms.prefix,
    }
    names = {"ReportsBucket": REPORTS_BUCKET, "AlertsKey": TOPICS_KEY.partition("/")[2]}
    return DeployedStack(region, account, parameters, names)


def monitors_role(target: str, region: str, account: str, platforms: Account = HOKUSAI) -> Role:
    """What it allows the function's code, whose calls Lambda marks with the function's ARN.

    Source: Lambda developer guide, "Using source function ARN to control function access behavior".
    """
    stack = deployed_stack(target, region, account, platforms)
    return Role(Policies(stack.statements(ROLE)), {"lambda:SourceFunctionArn": stack.arn(FUNCTION)})
