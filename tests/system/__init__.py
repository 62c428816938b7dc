"""The product as its users meet it: whole runs against the whole sandbox."""

import pytest

pytest.register_assert_rewrite("tests.system.scenario_rows")  # its asserts are those of tests
