"""Answers of Cloud Map become facts."""

from registry_monitor.inventory.parsing import discovery


def test_registered_instances__of_several_pages() -> None:
    """Instances are told in the order of their ids, with what they have of address and port."""
    pages = [
        {"Instances": [{"Id": "b", "Attributes": {"AWS_INSTANCE_IPV4": "10.0.0.2", "AWS_INSTANCE_PORT": "8000"}}]},
        {"Instances": [{"Id": "c"}, {"Id": "a", "Attributes": {"AWS_INSTANCE_IPV6": "::1"}}]},
    ]
    told = discovery.registered_instances(pages)
    assert [(each.id, each.address, each.port) for each in told] == [
        ("a", "::1", None),
        ("b", "10.0.0.2", 8000),
        ("c", None, None),
    ]
