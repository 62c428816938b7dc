"""What the platform's team applies opens exactly the ports that the target's checks ask, and names its secret."""

import re

import pytest

from registry_monitor.target import Target, load_target
from tests.template.stack import ROOT, load_template
from tests.unit.diagnosis.fixes.terraform_reader import Block, read

FILE = ROOT / "docs/platform-access.tf"
STORES = {"redis": 6379, "database": 5432}  # AWS tells the monitor their ports; these are the platform's


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return read(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def target() -> Target:
    return load_target(load_template()["Parameters"]["TargetName"]["Default"])


def resources(blocks: list[Block], kind: str) -> dict[str, Block]:
    """The resources of a kind, by name."""
    return {each.labels[1]: each for each in blocks if each.kind == "resource" and each.labels[0] == kind}


def test_rules__open_each_port_of_the_target_and_no_other(blocks: list[Block], target: Target) -> None:
    """One rule for each service and each store, from the monitor's security group alone."""
    rules = resources(blocks, "aws_vpc_security_group_ingress_rule")
    opened = {name: (rule.values["from_port"], rule.values["to_port"]) for name, rule in rules.items()}
    wanted = {service.role: service.container_port for service in target.services} | STORES
    assert opened == {f"monitor_to_{name}": (port, port) for name, port in wanted.items()}
    for name, rule in rules.items():
        assert rule.values["referenced_security_group_id"] == "var.monitor_security_group_id"
        assert rule.values["security_group_id"] == f"var.{name.removeprefix('monitor_to_')}_security_group_id"
        assert rule.values["ip_protocol"] == "tcp"


def test_internal_names__lead_to_ports_that_are_opened(blocks: list[Block], target: Target) -> None:
    """Each endpoint inside the VPC, and the check of the Host header, asks a port of a rule."""
    inside = [endpoint.url for endpoint in target.endpoints if endpoint.inside_vpc]
    inside += [target.mlflow.host_check.url] if target.mlflow.host_check else []
    rules = resources(blocks, "aws_vpc_security_group_ingress_rule").values()
    asked = {int(found[1]) for url in inside if (found := re.search(r"\.local:(\d+)/", url))}
    assert len(asked) == len(target.services)
    assert asked <= {rule.values["from_port"] for rule in rules}


def test_secret__is_the_targets_and_has_no_value(blocks: list[Block], target: Target) -> None:
    """Its keys are told by name in the text, and their values stand in no state."""
    [secret] = resources(blocks, "aws_secretsmanager_secret").values()
    assert secret.values["name"] == target.keys.secret
    assert resources(blocks, "aws_secretsmanager_secret_version") == {}
    told = re.findall(r"^#   ([a-z-]+) {2,}(?:platform|website)", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert tuple(told) == target.keys.names


def test_secret_policy__lets_the_monitor_read_and_nobody_else(blocks: list[Block]) -> None:
    """All others but the key managers are denied the value; the monitor cannot write it."""
    [policy] = [each for each in blocks if each.labels[:1] == ("aws_iam_policy_document",)]
    reads, denied, written = policy.blocks
    assert reads.all("principals")[0].values["identifiers"] == ["var.monitor_role_arn"]
    assert reads.values["actions"] == ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    assert [each.values["effect"] for each in (reads, denied, written)] == ["Allow", "Deny", "Deny"]
    assert "secretsmanager:GetSecretValue" in denied.values["actions"]
    assert "secretsmanager:PutSecretValue" in written.values["actions"]
    assert written.all("condition")[0].values["values"] == "var.key_manager_arns"


def test_variables__are_all_explained_and_all_used(blocks: list[Block]) -> None:
    """Who applies it is asked for nothing in vain, and told where each value is found."""
    variables = {each.labels[0]: each for each in blocks if each.kind == "variable"}
    whole = FILE.read_text(encoding="utf-8")
    assert {name for name in variables if f"var.{name}" in whole} == set(variables)
    assert set(re.findall(r"\bvar\.(\w+)", whole)) == set(variables)
    assert [name for name, each in variables.items() if len(each.values["description"].split()) < 6] == []
