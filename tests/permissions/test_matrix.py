"""Without any one of its permissions, a run says which is missing and what it could not find out, and blames nobody."""

from collections.abc import Callable, Iterator

import pytest

from tests.permissions.matrix import (
    AFTER_A_RUN,
    OF_ANOTHER_ACCOUNT,
    Row,
    actions_of_code,
    everything_to_ask_for,
    row_without,
)
from tests.permissions.page import PAGE, render
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.template.network_page import checks_are_named, checks_named, table

# Held against the role by tests/template/test_network_page.py.
CALLS = {action: row for action, row in table("AWS APIs").items() if action not in AFTER_A_RUN | OF_ANOTHER_ACCOUNT}
NOT_FOUND_OUT = "add {} to its policy"
NOT_KEPT = "{} on "  # after "The monitor's role needs"
WRITES = {"s3:PutObject", "s3:PutObjectTagging"}

type RowOf = Callable[[str], Row]


@pytest.fixture(scope="module")
def row_of(sandbox_of: Callable[[Era], Sandbox]) -> Iterator[RowOf]:
    """The row of a permission; its run is made when first asked for."""
    sandbox, rows = sandbox_of("head"), dict[str, Row]()

    def row(action: str) -> Row:
        if action not in rows:
            with pytest.MonkeyPatch.context() as patch:
                rows[action] = row_without(action, sandbox, patch)
        return rows[action]

    with everything_to_ask_for(sandbox):
        yield row


@pytest.mark.parametrize("action", sorted(CALLS))
def test_run_without__names_what_is_missing(row_of: RowOf, action: str) -> None:
    """That permission and no other, with what to do; nothing is held against the platform."""
    row = row_of(action)
    [(named, told)] = row.named.items()
    assert named == action
    needed = told.rpartition("The monitor's role needs")[2]
    assert (NOT_KEPT if action in WRITES else NOT_FOUND_OUT).format(action) in needed
    assert row.fails == ()


@pytest.mark.parametrize("action", sorted(set(CALLS) - WRITES))
def test_run_without__tells_what_it_could_not_find_out(row_of: RowOf, action: str) -> None:
    """Exactly the checks that docs/network.md names are UNKNOWN; where none is, a fact of AWS was not read."""
    row = row_of(action)
    named = checks_named(CALLS[action], set(row.checks)) if checks_are_named(CALLS[action]) else set()
    assert set(row.unknown) == named
    assert row.unknown or row.unread


def test_matrix__has_a_row_for_each_permission_of_the_code(sandbox: Sandbox) -> None:
    """Of the role that is enforced, not of a list."""
    assert actions_of_code(sandbox) == sorted(CALLS)


def test_page__is_what_the_runs_say(row_of: RowOf) -> None:
    """docs/permissions.md is made by `make permissions`."""
    assert PAGE.read_text(encoding="utf-8") == render([row_of(action) for action in sorted(CALLS)])
