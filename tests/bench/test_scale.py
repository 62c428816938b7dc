"""The larger platforms of the bench: whole, and without two of anything."""

import re
from collections import Counter

import pytest
import yaml

from registry_monitor.diagnosis import diagnose
from registry_monitor.run import Run
from registry_monitor.target import Target
from registry_monitor.target.loading import PACKAGED_TARGETS
from tests.bench.scale import multiplied, platform_with, target_with
from tests.sandbox.addresses import Addresses
from tests.sandbox.platforms import HEAD
from tests.unit.reports import samples

TARGET = yaml.safe_load((PACKAGED_TARGETS / "hokusai-development.yaml").read_text(encoding="utf-8"))


def test_three_services__are_the_platform_itself() -> None:
    """What is compared with is what all other tests run on."""
    assert platform_with(3).services == HEAD.services
    assert target_with(TARGET, 3) == TARGET


def test_thirty_services__have_places_rules_and_a_target_file_that_holds() -> None:
    """Each copy has an address, a rule and all the checks that auth has."""
    platform = platform_with(30)
    with Addresses() as addresses:
        places = Counter(addresses.task(service.role, 0) for service in platform.services)
    assert (len(places), max(places.values())) == (30, 1)
    of_auth = {service.role for service in platform.services if service.application == "auth"}
    assert {rule.role for rule in platform.load_balancers[0].rules} == of_auth
    target = Target.model_validate(target_with(TARGET, 30))
    asked = Counter(endpoint.service for endpoint in target.endpoints)
    assert len(target.services) == 30
    assert asked["auth-27"] == asked["auth"] > 0


def test_more_services_than_there_is_room_for__are_refused() -> None:
    """The sandbox's network is a /24."""
    with pytest.raises(ValueError, match="33 services"):
        platform_with(33)


def test_multiplied_run__has_each_copy_so_often_and_all_else_once() -> None:
    """With the same causes for the same platform, and a copy's for each of its copies."""
    run = samples.failing()
    assert multiplied(run, 3) == run
    text = re.sub(r"\bmlflow-development\b", "auth-02-development", run.model_dump_json())
    of_copies = Run.model_validate_json(re.sub(r"\b(auth)\b(?!-0)", "auth-01", text))
    larger = multiplied(of_copies, 3)
    copied = [result for result in of_copies.results if "auth-0" in result.model_dump_json()]
    assert copied
    assert len(larger.results) == len(run.results) + 2 * len(copied)
    assert len({service.role for service in larger.target.services} & {"auth-0100", "auth-0101", "auth-0102"}) == 3
    assert {each.kind for each in diagnose(larger).findings} == {each.kind for each in diagnose(of_copies).findings}
