"""The text of a draft: valid whatever AWS's names are, short, and with a comment where something was found."""

import re

import pytest
import yaml

from registry_monitor.discovery import Wish, discover, target_text
from registry_monitor.target import parse_target
from tests.unit.discovery.platform import facts

FOUND = re.compile(r"^ *(?:- )?(?:name|container_port|public_host|health_path|url|api_url|direct_url): ")


@pytest.mark.parametrize(
    ("cluster", "name"), [("no", "no"), ("2025", "2025"), ("A_b--C", "a-b-c"), ("1e3", "1e3"), ("x" * 255, "x" * 63)]
)
def test_names__stay_texts(cluster: str, name: str) -> None:
    """YAML has words and numbers that look like names."""
    document = yaml.safe_load(target_text(discover(facts().model_copy(update={"cluster": cluster}), Wish())))
    assert (document["cluster"], document["name"]) == (cluster, name)


def test_each_value_that_was_found__has_its_comment() -> None:
    """Where it comes from, then how sure it is."""
    lines = target_text(discover(facts(), Wish())).splitlines()
    found = [line for line in lines if FOUND.match(line)]
    assert len(found) > 10
    assert [line for line in found if not re.search(r" # .+: (sure|likely|default)$", line)] == []


def test_connect_to__is_kept() -> None:
    """As it was given, so that the first run goes the same ways."""
    ways = {"models.shop.test:443": "127.0.0.1:8443", "10.0.0.1:80": "127.0.0.1:80"}
    assert parse_target(target_text(discover(facts(), Wish(), ways)), "test").connect_to == ways
