"""The suites: one module each, that lists its checks. What exists stands in ``SUITES``, in the order of reports."""

from collections.abc import Callable

from registry_monitor.model import Check, SuiteName
from registry_monitor.suites import infrastructure_health, model_registration_flow
from registry_monitor.suites.context import SuiteContext

SUITES: dict[SuiteName, Callable[[SuiteContext], list[Check]]] = {
    SuiteName.INFRASTRUCTURE_HEALTH: infrastructure_health.checks,
    SuiteName.MODEL_REGISTRATION_FLOW: model_registration_flow.checks,
}
