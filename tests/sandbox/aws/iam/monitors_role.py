"""The role that template.yaml gives to the monitor's functions, for a stack that watches the sandbox's platform."""

from tests.sandbox.aws.iam.authorization import TOPICS_KEY
from tests.sandbox.aws.iam.policies import Policies
from tests.sandbox.aws.iam.role import Role
from tests.sandbox.platforms import ARTIFACTS_BUCKET, CLUSTER, REPORTS_BUCKET
from tests.template.deployed import DeployedStack

FUNCTION, ROLE = "MonitorFunction", "MonitorRole"


def deployed_stack(target: str, region: str, account: str) -> DeployedStack:
    """The stack of a target."""
    parameters = {"TargetName": target, "ClusterName": CLUSTER, "ArtifactsBucketName": ARTIFACTS_BUCKET}
    names = {"ReportsBucket": REPORTS_BUCKET, "AlertsKey": TOPICS_KEY.partition("/")[2]}
    return DeployedStack(region, account, parameters, names)


def monitors_role(target: str, region: str, account: str) -> Role:
    """What it allows the function's code, whose calls Lambda marks with the function's ARN.

    Source: Lambda developer guide, "Using source function ARN to control function access behavior".
    """
    stack = deployed_stack(target, region, account)
    return Role(Policies(stack.statements(ROLE)), {"lambda:SourceFunctionArn": stack.arn(FUNCTION)})
