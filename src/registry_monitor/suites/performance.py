"""Users should get what they were promised, also when several register at once. On demand only, never in "all".

*Passes when* ``performance.concurrent_registrations`` registrations, all at once and each whole (a run and a model of
its own, six stages), fail no more often than ``error_rate_pct``, take no longer than ``registration_s`` (p95), and are
over together in the time that is promised for one of them; and when the light health endpoints answer rightly within
``health_ms`` (p95 over ``samples`` requests, one after another).
A service level is a promise to users, so over it is FAIL here, not SLOW as in the other suites.
*Does no harm:* it has a budget of requests of its own (``requests_per_host``), stops at the first 429 or when most
registrations fail, and asks nothing more of a platform that failed. What it made is deleted from the run's own budget.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from registry_monitor.clients.http import HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.model import Attempt, Check, Depth, Outcome, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.endpoint_answers import question_of
from registry_monitor.suites.endpoints import out_of_reach
from registry_monitor.suites.load_judging import judge_registrations, judge_throughput, judge_time
from registry_monitor.suites.model_registration_flow import requests_of
from registry_monitor.suites.registration_load import RegistrationLoad
from registry_monitor.suites.registration_stages import STAGES
from registry_monitor.suites.registry_flow import COLD_IMPORT_S
from registry_monitor.suites.repeated_asking import ask_often
from registry_monitor.target import Endpoint

SUITE = SuiteName.PERFORMANCE
_PATIENCE_S = 60.0  # for the few silent or slow answers that are waited for


def checks(context: SuiteContext) -> list[Check]:
    """The wave of registrations, what is measured in it, the health endpoints after it, and the clean-up."""
    levels, mlflow = context.target.performance, context.target.mlflow
    budget = RequestBudget(levels.requests_per_host, context.target.limits.megabytes_per_host)
    loaded = replace(context, budget=budget, http=HttpClient(context.keyring, budget, context.target.keys.form_of))
    wave = RegistrationLoad(loaded, own=context)

    def clean_up(attempt: Attempt) -> Outcome:
        loaded.http.close()
        return wave.clean_up(attempt)

    host = urlsplit(mlflow.api_url).hostname
    asked = tuple(dict.fromkeys(each for stage in STAGES for each in requests_of(mlflow, stage)))
    registrations = Check(
        id=f"{SUITE}.registrations",
        suite=SUITE,
        subject=f"Registering {levels.concurrent_registrations} models at once",
        run=lambda attempt: judge_registrations(wave.run(attempt), levels, wave.reason),
        timeout_s=COLD_IMPORT_S + 2 * levels.registration_s,
        host=host,
        service=mlflow.service,
        writes=True,
        requests=asked,
    )
    after = (registrations.id,)
    time = Check(
        f"{SUITE}.registration-time", SUITE, "A registration", lambda _: judge_time(wave.load, levels), after=after
    )
    throughput = Check(
        f"{SUITE}.throughput", SUITE, "The throughput", lambda _: judge_throughput(wave.load, levels), after=after
    )
    health = [
        _health_check(loaded, endpoint, after)
        for endpoint in context.target.endpoints
        if endpoint.depth is Depth.LIGHT and not endpoint.blocks_event_loop
    ]
    listed = [registrations, time, throughput, *health]
    return [
        *listed,
        Check(
            id=f"{SUITE}.clean-up",
            suite=SUITE,
            subject="The clean-up after the registrations",
            run=clean_up,
            after=tuple(check.id for check in listed),
            timeout_s=120.0,
            host=host,
            writes=True,
            always=True,
            requests=requests_of(mlflow, "clean-up"),
        ),
    ]


def _health_check(context: SuiteContext, endpoint: Endpoint, after: tuple[str, ...]) -> Check:
    levels, question = context.target.performance, question_of(endpoint)
    return Check(
        id=f"{SUITE}.health.{endpoint.id}",
        suite=SUITE,
        subject=f"{question.told}, {levels.samples} times",
        run=lambda attempt: ask_often(context, attempt, question),
        after=after,
        timeout_s=_PATIENCE_S + levels.samples * levels.health_ms / 1000,
        host=question.host,
        service=endpoint.service,
        requests=(question.told,),
        skip=out_of_reach(context, endpoint),
    )
