"""The account with everything that is read in depth."""

import pytest

from tests.unit.inventory.conftest import Account
from tests.unit.inventory.depth.deep_account import DeepAccount


@pytest.fixture(scope="session")
def built_deep_account(built_account: Account) -> DeepAccount:
    deep = DeepAccount(built_account)
    deep.build()
    return deep


@pytest.fixture
def deep(account: Account, built_deep_account: DeepAccount) -> DeepAccount:
    """The account with everything that is read in depth; the monitor's clients are led to it."""
    return built_deep_account
