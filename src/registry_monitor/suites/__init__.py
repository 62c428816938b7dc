"""The suites: one module each, that lists its checks. ``SUITES`` has them in the order of reports."""

from collections.abc import Callable

from registry_monitor.model import ON_DEMAND, Check, SuiteName
from registry_monitor.suites import (
    authentication,
    e2e_model_registration,
    endpoint_availability,
    health_endpoints,
    infrastructure_health,
    mlflow_routing,
    model_registration_flow,
    performance,
    services,
    services_direct,
)
from registry_monitor.suites.context import SuiteContext

SUITES: dict[SuiteName, Callable[[SuiteContext], list[Check]]] = {
    SuiteName.INFRASTRUCTURE_HEALTH: infrastructure_health.checks,
    SuiteName.AUTHENTICATION: authentication.checks,
    SuiteName.ENDPOINT_AVAILABILITY: endpoint_availability.checks,
    SuiteName.MODEL_REGISTRATION_FLOW: model_registration_flow.checks,
    SuiteName.MLFLOW_ROUTING: mlflow_routing.checks,
    SuiteName.SERVICES: services.checks,
    SuiteName.SERVICES_DIRECT: services_direct.checks,
    SuiteName.HEALTH_ENDPOINTS: health_endpoints.checks,
    SuiteName.E2E_MODEL_REGISTRATION: e2e_model_registration.checks,
    SuiteName.PERFORMANCE: performance.checks,
}
ALL = tuple(suite for suite in SUITES if suite not in ON_DEMAND)
