"""The function's role: it reads, it writes its own reports and log, and nothing else."""

import re
from typing import Any

import pytest

from registry_monitor.inventory.baseline import KNOWN_GOOD
from registry_monitor.reports import RUN
from registry_monitor.target import load_target
from tests.template.lambdas_own import LAMBDAS_OWN
from tests.template.stack import FUNCTIONS, ROOT, load_template, resource


@pytest.fixture
def allowed() -> dict[str, Any]:
    """What the role allows: each action with its resource."""
    more = ("TerraformMapPolicy", "PlatformRolesPolicy")
    policies = [*resource("MonitorRole")["Policies"], *map(resource, more)]
    listed = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    statements = [each for each in listed if each["Effect"] == "Allow"]
    return {action: each["Resource"] for each in statements for action in _listed(each["Action"])}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_role__actions(allowed: dict[str, Any]) -> None:
    """It can do exactly this."""
    assert set(allowed) - set(LAMBDAS_OWN) == {
        "acm:DescribeCertificate",
        "cloudwatch:GetAlarmMuteRule",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListAlarmMuteRules",
        "ec2:DescribeNatGateways",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
        "ecr:DescribeImages",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "ecs:DescribeTasks",
        "ecs:ListTasks",
        "elasticache:DescribeCacheClusters",
        "elasticache:DescribeReplicationGroups",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "logs:FilterLogEvents",
        "rds:DescribeDBInstances",
        "route53:ListHostedZones",
        "route53:ListResourceRecordSets",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "sns:Publish",
        "servicediscovery:ListInstances",
        "s3:GetBucketPolicy",
        "s3:GetEncryptionConfiguration",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "s3:PutObjectTagging",
        "sts:AssumeRole",
        "wafv2:GetWebACL",
        "wafv2:GetWebACLForResource",
    }
    assert [action for action in allowed if "*" in action] == []


def test_role__allows_what_the_code_calls(allowed: dict[str, Any]) -> None:
    """Each AWS call that the code names ("ecs:DescribeServices") is allowed, and nothing is that it does not name.

    The diagnosis names what the platform's roles need, and a gate calls the function, by the pipeline's own role.
    What people's own commands ask, ``withdraw`` and ``discover``, the function never does.
    """
    by_people = {"s3:DeleteObject", "ecs:ListServices", "servicediscovery:GetNamespace", "servicediscovery:GetService"}
    package = ROOT / "src/registry_monitor"
    elsewhere = ("diagnosis", "deployed.py", "terminal")
    paths = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in elsewhere]
    code = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    called = set(re.findall(r"\b[a-z0-9]+:(?:(?:[A-Z]+[a-z]+){2,}[A-Z]*|Publish)\b", code))
    assert called - by_people == set(allowed) - set(LAMBDAS_OWN)


def test_role__reads_one_cluster(allowed: dict[str, Any]) -> None:
    """Services and tasks are those of the target's cluster; listing tasks is bound to it by its condition."""
    [policy] = resource("MonitorRole")["Policies"]
    [listing] = [each for each in policy["PolicyDocument"]["Statement"] if each["Action"] == "ecs:ListTasks"]
    assert listing["Condition"]["ArnEquals"]["ecs:cluster"]["Fn::Sub"].endswith(":cluster/${ClusterName}")
    assert allowed["ecs:DescribeServices"]["Fn::Sub"].endswith(":service/${ClusterName}/*")
    assert allowed["ecs:DescribeTasks"]["Fn::Sub"].endswith(":task/${ClusterName}/*")


def test_role__reads_descriptions_of_data_stores_alone(allowed: dict[str, Any]) -> None:
    """Each kind of resource is named; of buckets it may ask two things of one."""
    caches = [each["Fn::Sub"].rpartition("}:")[2] for each in allowed["elasticache:DescribeReplicationGroups"]]
    assert caches == ["cluster:*", "replicationgroup:*"]
    assert allowed["rds:DescribeDBInstances"]["Fn::Sub"].endswith("}:db:*")
    for asked in ("s3:GetBucketPolicy", "s3:GetEncryptionConfiguration"):
        assert allowed[asked]["Fn::Sub"].endswith(":s3:::${ArtifactsBucketName}")


def test_role__artifacts_bucket_is_the_targets() -> None:
    """The bucket of the template's default target is the default of its parameter."""
    parameters = load_template()["Parameters"]
    target = load_target(parameters["TargetName"]["Default"])
    assert parameters["ArtifactsBucketName"]["Default"] == target.artifacts_bucket


def test_role__reads_one_map_where_there_is_one(allowed: dict[str, Any]) -> None:
    """The map of Terraform addresses is one object; without its name nothing of S3 may be read."""
    assert allowed["s3:GetObject"]["Fn::Sub"].endswith(":s3:::${TerraformMapObject}")
    assert resource("TerraformMapPolicy")["Roles"] == [{"Ref": "MonitorRole"}]
    assert load_template()["Resources"]["TerraformMapPolicy"]["Condition"] == "HasTerraformMap"
    target = load_target(load_template()["Parameters"]["TargetName"]["Default"])
    named = (target.terraform_map or "").removeprefix("s3://")
    assert load_template()["Parameters"]["TerraformMapObject"]["Default"] == named


def test_role__assumes_the_roles_that_it_is_given(allowed: dict[str, Any]) -> None:
    """One by one, and none where no platform is in another account."""
    assert allowed["sts:AssumeRole"] == {"Ref": "PlatformRoleArns"}
    assert resource("PlatformRolesPolicy")["Roles"] == [{"Ref": "MonitorRole"}]
    assert load_template()["Resources"]["PlatformRolesPolicy"]["Condition"] == "HasPlatformRoles"
    assert load_template()["Parameters"]["PlatformRoleArns"]["Default"] == ""


def test_role__of_its_reports_reads_what_runs_are_compared_with() -> None:
    """No other report is read; S3 tells that there is none only to who may list the bucket."""
    [policy] = resource("MonitorRole")["Policies"]
    by_sid = {each.get("Sid"): each for each in policy["PolicyDocument"]["Statement"]}
    reading, listing, state = by_sid["ReadLastRuns"], by_sid["ListReports"], by_sid["ReadState"]
    assert reading["Action"] == "s3:GetObject"
    read = [each["Fn::Sub"] for each in reading["Resource"]]
    assert read == [f"${{ReportsBucket.Arn}}/${{TargetName}}/{name}" for name in (KNOWN_GOOD, f"latest/{RUN}")]
    assert state["Action"] == "s3:GetObject"
    assert state["Resource"]["Fn::Sub"] == "${ReportsBucket.Arn}/${TargetName}/state/*"
    assert (listing["Action"], listing["Resource"]) == ("s3:ListBucket", {"Fn::GetAtt": "ReportsBucket.Arn"})


def test_role__keeps_state_and_tells_of_incidents(allowed: dict[str, Any]) -> None:
    """It reads the state of its own target, and publishes to one topic, whose key it uses through SNS alone."""
    [policy] = resource("MonitorRole")["Policies"]
    by_sid = {each.get("Sid"): each for each in policy["PolicyDocument"]["Statement"]}
    assert by_sid["ReadState"]["Resource"]["Fn::Sub"] == "${ReportsBucket.Arn}/${TargetName}/state/*"
    assert allowed["sns:Publish"] == {"Ref": "NoticeTopic"}
    encrypting = by_sid["EncryptWhatIsTold"]
    assert encrypting["Resource"] == {"Fn::GetAtt": "AlertsKey.Arn"}
    assert encrypting["Condition"]["StringEquals"]["kms:ViaService"]["Fn::Sub"].startswith("sns.")
    assert allowed["cloudwatch:GetAlarmMuteRule"]["Fn::Sub"].endswith(":alarm-mute-rule:*")


def test_role__reads_reports_only_to_link_to_them() -> None:
    """Where the stack asks for links, and then those of runs alone."""
    policy = resource("PresignedLinksPolicy")
    [statement] = policy["PolicyDocument"]["Statement"]
    assert load_template()["Resources"]["PresignedLinksPolicy"]["Condition"] == "HasPresignedLinks"
    assert load_template()["Parameters"]["PresignedLinks"]["Default"] == "no"
    of_a_fleet, of_its_own = (each["Fn::Sub"] for each in statement["Resource"]["Fn::If"][1:])
    assert statement["Resource"]["Fn::If"][0] == "HasFleet"
    assert of_a_fleet == "${ReportsBucket.Arn}/*/runs/*"  # notices of its critical targets have links too
    assert of_its_own == "${ReportsBucket.Arn}/${TargetName}/runs/*"


def test_role__reads_one_secret(allowed: dict[str, Any]) -> None:
    """It reads the keys of its own target: the six characters are those that Secrets Manager adds."""
    assert allowed["secretsmanager:GetSecretValue"]["Fn::Sub"].endswith(":secret:registry-monitor/${TargetName}-??????")


def test_role__reads_what_the_platform_owns(allowed: dict[str, Any]) -> None:
    """Roles, secrets' descriptions, images and logs are those that have the platform's prefix in their names."""
    secrets, keys = allowed["secretsmanager:DescribeSecret"]
    assert keys == allowed["secretsmanager:GetSecretValue"]
    calls = ("iam:GetRolePolicy", "iam:GetPolicy", "ecr:DescribeImages", "logs:FilterLogEvents")
    named = [secrets, *(allowed[call] for call in calls)]
    assert [each["Fn::Sub"].rpartition("}:")[2] for each in named] == [
        "secret:${PlatformPrefix}*",
        "role/${PlatformPrefix}*",
        "policy/${PlatformPrefix}*",
        "repository/${PlatformPrefix}*",
        "log-group:/ecs/${PlatformPrefix}*",
    ]


def test_role__tells_of_failed_events_in_one_queue(allowed: dict[str, Any]) -> None:
    """It may send to the stack's own queue and to no other."""
    assert allowed["sqs:SendMessage"] == {"Fn::GetAtt": "FailedEvents.Arn"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_role__is_that_of_both_functions(function: str) -> None:
    """They run the same code: what it may do does not depend on its schedule."""
    assert resource(function)["Role"] == {"Fn::GetAtt": "MonitorRole.Arn"}


def test_schedules_role__invokes_the_functions_only() -> None:
    """The scheduler can invoke the two functions and say that it could not, and only on behalf of this account."""
    role = resource("SchedulesRole")
    [policy] = role["Policies"]
    invoking, telling = policy["PolicyDocument"]["Statement"]
    assert invoking["Action"] == "lambda:InvokeFunction"
    assert invoking["Resource"] == [{"Fn::GetAtt": f"{function}.Arn"} for function in FUNCTIONS]
    assert (telling["Action"], telling["Resource"]) == ("sqs:SendMessage", {"Fn::GetAtt": "FailedEvents.Arn"})
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
