"""Edges that security groups let through, and those that they do not."""

import pytest

from registry_monitor.diagnosis.rules import network
from registry_monitor.inventory.deep_facts import SecurityRule
from registry_monitor.inventory.facts import Database
from tests.unit.diagnosis.platform import PORTS, evidence_of, inventory, known, opening, security_group

ALB = security_group("alb", opening(443, blocks=("0.0.0.0/0",)))
ALL = SecurityRule(protocol="-1", from_port=None, to_port=None, groups=("sg-alb", "sg-tasks"), blocks=())
DATABASE = Database(
    id="hokusai-mlflow-development", status="available", host="db.test", port=5432, engine="postgres",
    engine_version=None, allocated_storage_gb=None, security_groups=("sg-db",), ca_identifier=None, is_encrypted=None,
)  # fmt: skip


def closed(*groups: object) -> list[str]:
    facts = inventory(
        security_groups=known(groups), databases={DATABASE.id: known(DATABASE)} if len(groups) > 2 else {}
    )
    return [each.resource for each in network.edges(evidence_of(facts))]


def test_healthy_groups__have_all_edges() -> None:
    """By port and group, or by a rule for everything."""
    assert list(network.edges(evidence_of(inventory()))) == []
    assert closed(ALB, security_group("tasks", ALL)) == []


@pytest.mark.parametrize("role", ["auth", "api", "mlflow"])
def test_port_that_is_closed_to_the_load_balancer__is_named(role: str) -> None:
    """With the group, the port, and who should be let in."""
    rules = [opening(port, "sg-tasks", *(() if each == role else ("sg-alb",))) for each, port in PORTS.items()]
    assert closed(ALB, security_group("tasks", *rules)) == [f"tasks tcp/{PORTS[role]} from alb"]


def test_port_that_is_closed_to_other_services__is_named_once() -> None:
    """API and MLflow both ask auth: one rule is missing."""
    rules = [opening(8000, "sg-alb"), opening(8001, "sg-alb"), opening(5000, "sg-alb", "sg-tasks")]
    assert set(closed(ALB, security_group("tasks", *rules))) == {"tasks tcp/8000 from tasks"}


def test_range_of_ports_and_private_block__let_through() -> None:
    """A range holds the ports between; a private block holds the platform's own addresses."""
    wide = SecurityRule(protocol="tcp", from_port=1, to_port=65535, groups=(), blocks=("10.0.0.0/8",))
    assert closed(ALB, security_group("tasks", wide)) == []
    narrow = SecurityRule(protocol="tcp", from_port=5000, to_port=8000, groups=("sg-alb", "sg-tasks"), blocks=())
    assert closed(ALB, security_group("tasks", narrow)) == ["tasks tcp/8001 from alb"]


def test_database_that_is_closed_to_its_service__is_named() -> None:
    """Its port is its own."""
    assert closed(ALB, security_group("tasks", ALL), security_group("db", opening(5432, "sg-tasks"))) == []
    assert closed(ALB, security_group("tasks", ALL), security_group("db")) == ["db tcp/5432 from tasks"]


def test_load_balancer_that_lets_no_client_in__is_named() -> None:
    """Any block may be the clients'; none at all cannot."""
    assert set(closed(security_group("alb"), security_group("tasks", ALL))) == {"alb tcp/443 from 0.0.0.0/0"}


def test_groups_that_could_not_be_read__prove_nothing() -> None:
    """UNKNOWN never fires a rule."""
    unread = inventory(security_groups={"reason": "denied", "source": "ec2:DescribeSecurityGroups"})
    assert list(network.edges(evidence_of(unread))) == []
