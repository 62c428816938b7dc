"""A check that nothing can turn red does not count: each one fails in a scenario, or in the test that is named here."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.invocation import parse_event
from registry_monitor.monitor import Surroundings, list_checks, suite_context
from registry_monitor.redaction import Redactor
from registry_monitor.target import load_target
from tests.system.scenario_table import TABLE

AT_LEAST = 90  # checks that can each fail for a reason of its own
TESTS = Path(__file__).resolve().parents[1]

# What no scenario of the table breaks, and the tests that do: they hold that each of these checks fails in a row.
ELSEWHERE = {
    "infrastructure_health.*": "system/test_suite_infrastructure_health.py",  # holds it for each of the suite's checks
    "mlflow_routing.*": "system/test_suite_mlflow_routing.py",  # likewise
    "authentication.malformed.*": "unit/suites/test_authentication.py",
    "authentication.empty.*": "unit/suites/test_authentication.py",
    "authentication.state.*": "unit/suites/test_authentication.py",
    "authentication.precedence.bad-*": "unit/suites/test_authentication.py",
    "authentication.caching": "unit/suites/test_authentication.py",
    "authentication.rate-limit-probe": "unit/suites/test_authentication_rate_limits.py",
    "endpoint_availability.without-key.*": "unit/suites/test_endpoint_availability.py",
    "model_registration_flow.duplicate-*": "system/test_refusals.py",
    "model_registration_flow.malformed-*": "system/test_refusals.py",
    "model_registration_flow.unknown-version": "system/test_refusals.py",
    "model_registration_flow.train": "system/test_suite_model_registration_flow.py",
    "model_registration_flow.retrieve": "system/test_suite_model_registration_flow.py",
    "model_registration_flow.artifact": "system/test_suite_model_registration_flow.py",
    "services.*.deployed": "system/test_suite_services.py",
    "services.*.identity": "unit/suites/test_services.py",
    "services_direct.*.by-*": "unit/suites/test_services_direct.py",
    "services_direct.*.works": "unit/suites/test_services_direct.py",
    "services_direct.*.registered": "system/test_suite_services_direct.py",
    "health_endpoints.endpoint.api-*": "system/test_suite_health_endpoints.py",
    **{
        f"e2e_model_registration.{stage}": "system/test_suite_e2e_model_registration.py"
        for stage in (
            *("train-1", "log-2", "register-1", "register-2", "train-2"),
            *("alias", "describe", "compare", "fetch", "serving"),
        )
    },
}
# These say how long it took, or what stays behind: SLOW, or UNKNOWN with what is left. They are not counted.
NEVER_RED = ("*.duration", "*.clean-up")


def checks_of(target_name: str) -> list[str]:
    target = load_target(target_name)
    surroundings = Surroundings(time_s=0, is_inside_vpc=True, fetch_keys=lambda _: {}, redactor=Redactor())
    context = suite_context("run", target, InventoryReader(target), surroundings)
    return [check.id for check in list_checks(parse_event({}), context) if check.skip is None]


def named(check: str, patterns: object) -> bool:
    return any(fnmatchcase(check, str(pattern)) for pattern in patterns)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("platform", "target"), [("head", "hokusai-development"), ("2025-08", "hokusai-development-2025-08")]
)
def test_every_check__fails_somewhere(platform: str, target: str) -> None:
    """By a scenario of the table, on either platform, or by a test that exists."""
    counted = [check for check in checks_of(target) if not named(check, NEVER_RED)]
    by_scenario = {pattern for rows in TABLE.values() for row in rows.values() for pattern in row.get("fail", [])}
    left = [check for check in counted if not named(check, by_scenario)]
    assert [check for check in left if not named(check, ELSEWHERE)] == []
    assert all((TESTS / test).is_file() for test in ELSEWHERE.values())
    assert len(counted) >= AT_LEAST, platform
