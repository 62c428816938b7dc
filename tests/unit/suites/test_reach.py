"""Whom an error may be blamed on, asked past the load balancers."""

import pytest

from registry_monitor.clients.http import ErrorKind, HttpError
from registry_monitor.model import CannotTellError
from registry_monitor.suites.reach import refuse_to_blame, why_not_asked
from tests.unit.suites.known_facts import context_of, packaged


@pytest.mark.parametrize("kind", ["refused", "tls", "timeout", "broken"])
def test_error_of_a_machine_that_was_reached__is_its_own(kind: ErrorKind) -> None:
    """The check goes on to judge it."""
    refuse_to_blame(HttpError(kind, "did something wrong"), "Redis cache", 6379)


@pytest.mark.parametrize(
    ("groups", "where"),
    [
        ((), "to the security group of Redis cache,"),
        (("sg-1",), "to security group sg-1,"),
        (("sg-1", "sg-2"), "to security group sg-1 or sg-2,"),
    ],
)
def test_silence__is_told_with_the_rule_that_would_end_it(groups: tuple[str, ...], where: str) -> None:
    """Port, group, source and the other way out: a reader can act without looking anything up."""
    with pytest.raises(CannotTellError) as raised:
        refuse_to_blame(HttpError("connect timeout", "did not accept a connection"), "Redis cache", 6379, groups)
    text = str(raised.value)
    assert "Redis cache did not accept a connection on port 6379" in text
    assert f"add an ingress rule (aws_vpc_security_group_ingress_rule) for TCP 6379 {where}" in text
    assert "from the monitor's security group (the output SecurityGroupId of its stack)" in text
    assert "or list it in closed_to_monitor" in text


def test_name_that_does_not_resolve__may_be_one_that_this_network_does_not_know() -> None:
    """It is told from where it was asked."""
    with pytest.raises(CannotTellError, match="Redis cache has no name from the monitor's place"):
        refuse_to_blame(HttpError("name", "has no name"), "Redis cache", 6379)


@pytest.mark.parametrize(
    ("is_inside", "closed", "reason"),
    [
        (True, (), None),
        (True, ("redis",), None),
        (True, ("api",), "the target says that api is not open to the monitor (closed_to_monitor)"),
        (False, (), "it can be reached only from inside the VPC"),
        (False, ("api",), "it can be reached only from inside the VPC"),
    ],
)
def test_skip__is_for_what_cannot_be_asked_from_here_or_is_known_to_be_closed(
    is_inside: bool, closed: tuple[str, ...], reason: str | None
) -> None:
    """Only the subject itself counts; another that is closed does not."""
    context = context_of(packaged(closed_to_monitor=closed), is_inside_vpc=is_inside)
    assert why_not_asked(context, "api") == reason
