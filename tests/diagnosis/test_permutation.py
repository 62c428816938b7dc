"""The same world under other names and in another order: what must stay the same, and that it is noticed if not."""

import ipaddress
from collections.abc import Callable, Iterator

import pytest

from registry_monitor.diagnosis import diagnose
from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.rules import RULES, Rule
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.inventory.facts import Inventory
from registry_monitor.model import Result
from registry_monitor.run import Run
from tests.diagnosis.permutation import difference, permuted
from tests.diagnosis.renaming import Renaming
from tests.unit.diagnosis.platform import definition, failed, inventory, known, name_of, run_of, service

KEYS = "https://auth.hokus.ai/api/v1/keys"
DOWN = failed("services.auth.reachable", "auth", KEYS, status=503, written_by="load balancer")
ABSENT = inventory(services=[service("api"), service("mlflow")], missing=(name_of("auth"),))


def became(facts: Inventory, *results: Result, rules: tuple[Rule, ...] = RULES) -> str | None:
    """What of a world's diagnosis is another under other names."""
    run = run_of(facts, *results)
    return difference(run.diagnosed(diagnose(run, rules)), rules)


def renaming_of(run: Run) -> Renaming:
    return Renaming(run.model_dump(mode="json"))


def test_world_with_other_names__has_the_same_verdict_and_none_of_the_old_names() -> None:
    """The missing service is named by its new name; product, account, region, host and port are gone."""
    run = run_of(ABSENT, DOWN)
    other, renaming = permuted(run)
    assert [each.resource for each in diagnose(other).findings] == [renaming.text(name_of("auth"))]
    assert not [name for name in ("hokus", "us-east-1", "development", "8001") if name in other.model_dump_json()]
    assert became(ABSENT, DOWN) is None


def _looks_at(condition: Callable[[Evidence], bool]) -> Rule:
    """A rule that suspects Redis where a condition holds."""

    def rule_of_condition(evidence: Evidence) -> Iterator[Suspect]:
        if condition(evidence):
            yield Suspect(kind="redis-missing", resource="x", statement="", breaks=frozenset(), proofs=())

    return rule_of_condition


@pytest.mark.parametrize(
    "condition",
    [
        lambda evidence: any(name.startswith("hokusai-") for name in evidence.balancers),
        lambda evidence: "hokusai-auth-development" in {each.name for each in evidence.services.values()},
        lambda evidence: "auth" in evidence.roles,
        lambda evidence: evidence.run.target.region == "us-east-1",
        lambda evidence: any(each.host == "auth.hokus.ai" for each in evidence.symptoms),
        lambda evidence: any(group.port == 8001 for group in evidence.groups.values()),
        lambda evidence: any("8001" in evidence.container(role).command for role in evidence.services),
        lambda evidence: next(iter(evidence.security_groups)) == "sg-alb",
        lambda evidence: any(
            each.id.startswith("10.0.")
            for role in evidence.roles
            for _, targets in evidence.targets_of(role)
            for each in targets
        ),
    ],
    ids=["product", "name", "role", "region", "host", "port", "port in a text", "order", "address"],
)
def test_rule_that_looks_at_what_means_nothing__is_noticed(condition: Callable[[Evidence], bool]) -> None:
    """It finds something in one of the two worlds alone."""
    told = became(inventory(), DOWN, rules=(_looks_at(condition),))
    assert told == "latent redis-missing x (proven, 0 checks) became nothing"


def test_renaming__keeps_what_contains_what_and_what_comes_first() -> None:
    """Blocks hold the addresses that they held, ranges the ports; ids stay ids, and standards' ports stay."""
    renaming = renaming_of(run_of(inventory()))
    block, inside, outside = (renaming.text(each) for each in ("10.0.1.0/24", "10.0.1.7", "10.0.2.7"))
    assert block != "10.0.1.0/24"
    assert ipaddress.ip_address(inside) in ipaddress.ip_network(block)
    assert ipaddress.ip_address(outside) not in ipaddress.ip_network(block)
    assert [renaming.text(each) for each in ("0.0.0.0/0", "127.0.0.1", "8.8.8.8", "10.0.0.0/8")] == [
        "0.0.0.0/0", "127.0.0.1", "8.8.8.8", "10.0.0.0/8",
    ]  # fmt: skip
    assert [renaming.port(each) for each in (80, 443, 1024, 65535)] == [80, 443, 1024, 65535]
    assert 1024 < renaming.port(5000) < renaming.port(8000) < renaming.port(8001) < 32768
    assert renaming.text("sg-018b3f898b226eef1").startswith("sg-")
    assert renaming.text("sg-018b3f898b226eef1") != renaming.text("sg-018b3f898b226eef2") != "sg-018b3f898b226eef2"


def test_renaming__is_of_names_alone() -> None:
    """A role stands in some ids of checks; words of AWS and of MLflow, patterns and numbers stay what they are."""
    image = known(definition("api", image="1.dkr.ecr.us-east-1.amazonaws.com/api:2026-07-01"))
    renaming = renaming_of(run_of(inventory(task_definitions={"arn:task/api:2": image})))
    assert renaming.check("services.auth.reachable") == f"services.{renaming.role('auth')}.reachable"
    assert renaming.check("authentication.accepted.auth-keys") == "authentication.accepted.auth-keys"
    assert renaming.text(r"^auth\.hokus\.ai$").endswith(r"\.meadow\.example$")
    words = "unable to pull secrets or registry auth", "/mlflow/ajax-api/2.0/mlflow/"
    for text in (*words, "took 0.8001 s", "503", "2026-07-30T09:15:00Z"):
        assert renaming.text(text) == text
