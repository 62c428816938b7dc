"""Fixes of ECS services and of the network: real values, and what not to do."""

from registry_monitor.diagnosis.fixes import fix_of
from registry_monitor.finding import Proof
from registry_monitor.inventory.facts import Task
from tests.unit.diagnosis.evidence_of import (
    NETWORK,
    everything,
    suspect_of,
)
from tests.unit.diagnosis.fixes.terraform_reader import read
from tests.unit.diagnosis.platform import (
    BALANCERS,
    SECURITY_GROUPS,
    evidence_of,
    group,
    group_of,
    inventory,
    known,
    listener,
    name_of,
    rule,
    service,
)


def test_missing_service__is_made_as_its_siblings_are() -> None:
    """Its group is the free one that its routes lead to; subnets, groups and names follow those of a sibling."""
    present = [service(role, subnets=("subnet-a",)) for role in ("auth", "mlflow")]
    evidence = evidence_of(inventory(services=present, missing=(name_of("api"),)))
    fix = fix_of(suspect_of("ecs-service-missing"), evidence)
    [made] = read(fix.hcl or "")
    assert made.values["name"] == "hokusai-api-development"
    assert made.all("network_configuration")[0].values["subnets"] == ["subnet-a"]
    assert made.all("load_balancer")[0].values == {
        "target_group_arn": group_of("api"),
        "container_name": "api",
        "container_port": 8001,
    }
    assert "`terraform apply -target=aws_ecs_service.api`" in fix.told
    assert "# As hokusai-auth-development has it: compare with its own code." in (fix.hcl or "")


def test_missing_services__do_not_share_a_group_to_which_one_is_led_astray() -> None:
    """Of two absent services whose routes end at one group, only the one whose name it has gets it."""
    registry = {BALANCERS["registry"]: known((listener(rule(120, "api")),))}
    missing = (name_of("api"), name_of("mlflow"))
    facts = {"listeners": registry, "target_groups": known((group("auth"),))}  # those of absent services are not read
    evidence = evidence_of(inventory(services=[service("auth")], missing=missing, **facts))
    groups = {}
    for role in ("api", "mlflow"):
        fix = fix_of(suspect_of("ecs-service-missing", service=role, resource=name_of(role)), evidence)
        groups[role] = read(fix.hcl or "")[0].all("load_balancer")[0].values["target_group_arn"]
    assert groups == {"api": group_of("api"), "mlflow": "aws_lb_target_group.mlflow.arn"}


def test_missing_cluster__comes_with_its_services() -> None:
    """Without them it runs nothing; where no sibling tells the subnets, they stand as a variable."""
    fix = fix_of(suspect_of("ecs-cluster-missing"), evidence_of(inventory(services=[])))
    cluster, *services = read(fix.hcl or "")
    assert cluster.labels[0] == "aws_ecs_cluster"
    assert [each.values["name"] for each in services] == [name_of(role) for role in ("auth", "api", "mlflow")]
    assert {each.all("network_configuration")[0].values["subnets"] for each in services} == {"var.private_subnet_ids"}


def test_scaled_to_zero__wants_one_task_and_warns_of_who_sets_it_back() -> None:
    """The smallest change, and the two things that would undo it."""
    fix = fix_of(suspect_of("ecs-desired-count-zero"), everything())
    assert read(fix.hcl or "")[0].values == {"desired_count": 1}
    assert "min_capacity of its aws_appautoscaling_target" in (fix.caution or "")


def test_broken_task__is_stopped_by_its_id() -> None:
    """The task whose address the proof tells is named in the command."""
    task = Task(
        id="1f2e3d", arn="arn:task", service=name_of("api"), address="10.0.1.9", last_status="RUNNING",
        health_status=None, task_definition="arn:task/api:2", images={}, zone=None, started_at=None,
    )  # fmt: skip
    proofs = (Proof(told="10.0.1.9:8001 Target.Timeout", source="test"),)
    evidence = evidence_of(inventory(tasks={name_of("api"): known((task,))}))
    fix = fix_of(suspect_of("task-broken", proofs=proofs), evidence)
    assert "`aws ecs stop-task --cluster hokusai-development --task 1f2e3d --region us-east-1`" in fix.told


def test_security_group__lets_in_the_group_and_not_the_world() -> None:
    """The rule has both groups by id, and one port; the caution says why not more."""
    evidence = evidence_of(inventory(security_groups=known(SECURITY_GROUPS)))
    fix = fix_of(suspect_of("security-group-rule-missing", arn="sg-tasks"), evidence)
    values = read(fix.hcl or "")[0].values
    assert (values["security_group_id"], values["referenced_security_group_id"]) == ("sg-tasks", "sg-alb")
    assert (values["from_port"], values["to_port"], values["ip_protocol"]) == (8001, 8001, "tcp")
    assert "0.0.0.0/0 is no fix" in (fix.caution or "")


def test_public_load_balancer__lets_everybody_in_on_its_one_port() -> None:
    """The one place where the world is right: clients of a load balancer that faces the internet."""
    suspect = suspect_of("security-group-rule-missing", resource="alb tcp/443 from clients", arn="sg-alb")
    fix = fix_of(suspect, everything())
    values = read(fix.hcl or "")[0].values
    assert (values["cidr_ipv4"], values["from_port"], values["to_port"]) == ("0.0.0.0/0", 443, 443)
    assert "on this port alone" in (fix.caution or "")


def test_network_acl__gets_entries_before_the_one_that_denies() -> None:
    """Both ways, with the free number next before the denying entry's, for the block of the subnets."""
    ways = read(fix_of(suspect_of("network-acl-blocks"), everything()).hcl or "")
    assert [way.values["egress"] for way in ways] == [False, True]
    assert {way.values["rule_number"] for way in ways} == {88}
    assert {way.values["cidr_block"] for way in ways} == {"10.0.0.0/22"}
    assert NETWORK.acls[0].id == ways[0].values["network_acl_id"]


def test_what_has_a_name__is_changed_by_its_id() -> None:
    """People read the Name tag, and Terraform needs the id, which the suspect knows."""
    acl = suspect_of("network-acl-blocks", resource="private-a", arn=NETWORK.acls[0].id)
    assert read(fix_of(acl, everything()).hcl or "")[0].values["network_acl_id"] == NETWORK.acls[0].id
    for destination in ("0.0.0.0/0", "s3"):
        suspect = suspect_of("route-missing", resource=f"private {destination}", arn="rtb-7")
        hcl = fix_of(suspect, everything()).hcl or ""
        assert '"rtb-7"' in hcl and '"private"' not in hcl
