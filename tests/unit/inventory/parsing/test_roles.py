"""Policies of IAM in all their forms."""

import pytest

from registry_monitor.inventory.deep_facts import Statement
from registry_monitor.inventory.parsing import roles


def test_statements__one_that_stands_alone() -> None:
    """A policy may hold one statement, and that one action and one resource."""
    document = {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}
    assert roles.statements(document) == (Statement(effect="Deny", actions=("s3:*",), resources=("*",)),)


def test_statements__with_exceptions_and_conditions() -> None:
    """Exceptions are marked, each value of them, and so is a statement that a condition binds."""
    written = {
        "Effect": "Allow",
        "NotAction": ["iam:*", "sts:*"],
        "NotResource": ["arn:a", "arn:b"],
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    [told] = roles.statements({"Statement": [written]})
    assert (told.actions, told.resources) == (("!iam:*", "!sts:*"), ("!arn:a", "!arn:b"))
    assert told.is_conditional


def test_statements__without_a_resource() -> None:
    """A statement of a role's policy must name resources: one that does not is no answer."""
    with pytest.raises(KeyError):
        roles.statements({"Statement": [{"Effect": "Allow", "Action": "s3:*"}]})
