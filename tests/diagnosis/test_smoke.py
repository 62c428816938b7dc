"""A few faults whose diagnosis every change must keep right; ``make scenarios`` tries them all."""

from collections.abc import Callable

import pytest

from registry_monitor.run import Run
from tests.diagnosis.cases import Case, Kind, all_cases, platform_of
from tests.diagnosis.judging import judge, named_by
from tests.diagnosis.permutation import difference
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, monitor_here

SMOKE: tuple[str, ...] = (  # variants and pairs: the first variants stand in the table of scenarios
    "ECS-04@auth",
    "ECS-10@mlflow",
    "ECS-18@auth",
    "ALB-05@host",
    "ALB-09@mlflow",
    "DNS-04@registry",
    "NET-05@mlflow",
    "AUT-16@port",
    "MLF-04@tasks-not-restarted",
    "MLF-10@in-mlflow",
    "ECS-05@api-mistyped+DNS-01@auth",
    "AUT-08@revoked+ECS-01@mlflow",
    "ECS-18@auth+TLS-02@registry",
)
_MOST = 20  # each takes several seconds


def test_smoke_set__is_of_faults_that_there_are_and_short() -> None:
    """A misspelt name is told as such, and all of them together take a minute or two."""
    known = {case.scenario for case in all_cases() if case.kind is Kind.SINGLE}
    assert {name for names in SMOKE for name in names.split("+")} <= known
    assert len(SMOKE) <= _MOST


@pytest.fixture(scope="module", params=SMOKE)
def tried(request: pytest.FixtureRequest, sandbox_of: Callable[[Era], Sandbox]) -> tuple[Case, Run]:
    """A case and its run, which is made once for all that is asked of it."""
    case = Case(Kind.SINGLE, request.param, platform_of(request.param))
    with broken(sandbox_of(case.platform), case.scenario) as sandbox, pytest.MonkeyPatch.context() as patch:
        return case, monitor_here(sandbox, patch, time_s=120)


def test_smoke__first_cause_is_the_injected_one(tried: tuple[Case, Run]) -> None:
    """Top-1 is right: kind and resource."""
    case, run = tried
    judgement = judge(case, named_by(run), fails=bool(run.symptoms))
    assert judgement.top1, f"expected {judgement.expected}, first named {judgement.first}"


def test_smoke__verdict_is_the_same_under_other_names_and_in_another_order(tried: tuple[Case, Run]) -> None:
    """State, kind, resource, confidence and explained checks, renamed: nothing else may decide."""
    _, run = tried
    assert run.findings
    assert difference(run) is None
