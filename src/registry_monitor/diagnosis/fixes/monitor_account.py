"""What mends the way to a platform in another account: its role, and its network."""

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.target import session_name
from registry_monitor.terraform.hcl import Expression, Value, block

_ALL = "python -m registry_monitor run"


def role_trusted(suspect: Suspect, evidence: Evidence) -> Fix:
    """The trust policy of the role, and the monitor's permission: STS does not say which of them is missing."""
    account = evidence.run.target.account
    external_id: Value = account.external_id if account else Expression("var.external_id")
    monitor: dict[str, Value] = {"type": "AWS", "identifiers": [Expression("var.monitor_role_arn")]}
    session = session_name(evidence.run.target.name)
    statement = block(
        "statement",
        {"effect": "Allow", "actions": ["sts:AssumeRole"]},
        block("principals", monitor),
        block("condition", {"test": "StringEquals", "variable": "sts:ExternalId", "values": [external_id]}),
        block("condition", {"test": "StringEquals", "variable": "sts:RoleSessionName", "values": [session]}),
    )
    return Fix(
        told="In the platform's account, give the role this trust policy, with the monitor's MonitorRoleArn "
        "(docs/cross-account.tf, or .yaml); in the monitor's stack, name the role in PlatformRoleArns.",
        hcl=block('data "aws_iam_policy_document" "monitor_assumes"', statement),
        verify=_ALL,
        caution="A monitor's stack that was removed and deployed anew has another role: the trust policy names the old "
        "one until it is applied again. An organisation's policy may deny it too.",
    )


def networks_joined(suspect: Suspect, evidence: Evidence) -> Fix:
    """The two ways to an address in another VPC."""
    return Fix(
        told="Either deploy a stack of the monitor in the platform's VPC, and have its reports replicated into one "
        "bucket; or peer both VPCs, with routes, rules of the security groups and the private zone (docs/fleet.md).",
        verify=_ALL,
        effort=Effort.HOURS,
        caution="Until then only what is public is proved. If it is to stay so, take endpoints with inside_vpc out of "
        "the target file and list services and stores in closed_to_monitor: they are SKIPPED then.",
    )
