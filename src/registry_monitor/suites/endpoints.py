"""The check of one endpoint of the target file."""

from registry_monitor.model import Check, SuiteName
from registry_monitor.suites.asking import ask
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.endpoint_answers import question_of
from registry_monitor.suites.reach import why_not_asked
from registry_monitor.target import Endpoint


def endpoint_check(context: SuiteContext, suite: SuiteName, endpoint: Endpoint) -> Check:
    """The check of one endpoint, such as ``infrastructure_health.endpoint.api-health``."""
    question = question_of(endpoint)
    return Check(
        id=f"{suite}.endpoint.{endpoint.id}",
        suite=suite,
        subject=question.told,
        run=lambda attempt: ask(context, attempt, question),
        depth=endpoint.depth,
        host=question.host,
        service=endpoint.service,
        only_when_well=endpoint.blocks_event_loop,
        requests=(question.told,),
        skip=out_of_reach(context, endpoint) or not_allowed(context, endpoint),
    )


def out_of_reach(context: SuiteContext, endpoint: Endpoint) -> str | None:
    """Why an endpoint cannot be asked from here; null where it can."""
    return why_not_asked(context, endpoint.service) if endpoint.inside_vpc else None


def not_allowed(context: SuiteContext, endpoint: Endpoint) -> str | None:
    """Why an endpoint that blocks the platform's event loop may not be asked; null where it may."""
    if endpoint.blocks_event_loop and not context.target.probe_blocking_endpoints:
        return "it blocks the platform's event loop, and the target allows no such request (probe_blocking_endpoints)"
    return None
