"""Each figure of a diagnosis, on made-up ones."""

import pytest

from registry_monitor.finding import Confidence, FindingState
from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.judging import Judgement, Named, judge

API_MISSING = Named("ecs-service-missing", "hokusai-api-development")
API_EXITS = Named("container-exits", "hokusai-api-development")
AUTH_EXITS = Named("container-exits", "hokusai-auth-development")
REDIS_DOWN = Named("redis-not-available", "hokusai-redis-development")
DATABASE_DOWN = Named("database-not-available", "hokusai-mlflow-development")
DENIED = Named("monitor-permission-missing", "ecs:DescribeServices")


def alone(*named: Named, fails: bool = True) -> Judgement:
    """Judge a diagnosis of ECS-01: the API's service was never created."""
    return judge(Case(Kind.SINGLE, "ECS-01"), named, fails=fails)


def pair(*named: Named) -> Judgement:
    return judge(Case(Kind.PAIR, "ECS-01+MLF-01"), named, fails=True)


def denied(*named: Named) -> Judgement:
    return judge(Case(Kind.DENIED, "ECS-01", denied="ecs:DescribeServices"), named, fails=True)


def turned(named: Named, state: FindingState) -> Named:
    return Named(named.kind, named.resource, state)


def test_top1__is_the_first_active_cause_with_kind_and_resource() -> None:
    """The right one first is a hit; second, of another service or of another kind it is none."""
    assert alone(API_MISSING, REDIS_DOWN).top1
    assert not alone(REDIS_DOWN, API_MISSING).top1
    assert not alone(Named("ecs-service-missing", "hokusai-auth-development")).top1
    assert not alone(API_EXITS).top1
    assert not alone().top1


@pytest.mark.parametrize("state", [FindingState.SUSPECTED, FindingState.LATENT, FindingState.CONSEQUENCE])
def test_top1__a_cause_that_is_not_called_active_is_no_hit_while_checks_fail(state: FindingState) -> None:
    """To call the true cause a suspicion, latent or a consequence is not to have found it."""
    assert not alone(turned(API_MISSING, state)).top1
    assert alone(turned(REDIS_DOWN, state), API_MISSING).top1


def test_top1__a_fault_that_no_check_feels_is_to_be_latent() -> None:
    """Where no check fails no cause can be active, so the first latent one is judged."""
    assert alone(turned(API_MISSING, FindingState.LATENT), fails=False).top1
    assert not alone(turned(REDIS_DOWN, FindingState.LATENT), fails=False).top1


def test_top1__either_of_two_faults_will_do() -> None:
    """The order among several injected faults is not judged."""
    assert pair(DATABASE_DOWN, API_MISSING).top1
    assert pair(API_MISSING, DATABASE_DOWN).top1


def test_top1__takes_each_rightful_name_of_a_cause() -> None:
    """Where the service is registered in another group than the rules lead to, either may be named, and no third."""
    registered_elsewhere = Case(Kind.SINGLE, "unseen-u15-registered-in-green")
    for rightful in (*registered_elsewhere.causes, *registered_elsewhere.equally):
        judged = judge(registered_elsewhere, [Named(rightful.kind, rightful.resource)], fails=True)
        assert (judged.top1, judged.named_rightly, judged.blames_wrongly) == (True, 1, False)
    judged = judge(registered_elsewhere, [AUTH_EXITS], fails=True)
    assert (judged.top1, judged.named_rightly, judged.blames_wrongly) == (False, 0, True)


def test_exact_set__takes_all_injected_faults_and_no_other() -> None:
    """A hidden fault counts when it is latent; one too few or too many, or a mere suspicion, is not exact."""
    assert pair(API_MISSING, DATABASE_DOWN).exact_set
    assert pair(API_MISSING, turned(DATABASE_DOWN, FindingState.LATENT)).exact_set
    assert not pair(API_MISSING).exact_set
    assert not pair(API_MISSING, DATABASE_DOWN, REDIS_DOWN).exact_set
    assert not pair(API_MISSING, turned(DATABASE_DOWN, FindingState.SUSPECTED)).exact_set
    assert pair(API_MISSING, DATABASE_DOWN, turned(REDIS_DOWN, FindingState.CONSEQUENCE)).exact_set
    assert alone(API_MISSING).exact_set is None


def test_precision__counts_active_causes() -> None:
    """What is suspected or latent is not named as a cause."""
    judged = alone(API_MISSING, REDIS_DOWN, turned(DATABASE_DOWN, FindingState.SUSPECTED))
    assert (judged.named, judged.named_rightly) == (2, 1)


def test_wrong_blame__is_of_a_component_that_is_not_at_fault() -> None:
    """A wrong cause in the right service blames nobody wrongly; another service does, though only suspected."""
    assert not alone(API_MISSING, API_EXITS).blames_wrongly
    assert alone(API_MISSING, AUTH_EXITS).blames_wrongly
    assert alone(API_MISSING, turned(REDIS_DOWN, FindingState.SUSPECTED)).blames_wrongly
    assert not alone(API_MISSING, turned(AUTH_EXITS, FindingState.CONSEQUENCE)).blames_wrongly
    assert not alone().blames_wrongly


@pytest.mark.parametrize("kind", [Kind.HEALTHY, Kind.QUIET])
def test_false_cause__is_anything_named_where_nothing_is_wrong(kind: Kind) -> None:
    """On such a world a latent cause is as false as an active one, and silence is right."""
    case = Case(kind, "quiet-deployment")
    assert judge(case, [API_MISSING], fails=False).names_falsely
    assert judge(case, [turned(API_MISSING, FindingState.LATENT)], fails=False).names_falsely
    silent = judge(case, [], fails=False)
    assert silent.names_falsely is False
    assert (silent.top1, silent.exact_set, silent.blames_wrongly, silent.is_honest) == (None, None, None, None)


def test_honesty__is_to_call_nothing_proven_that_is_not() -> None:
    """With evidence denied, the true cause, silence and a weak guess are honest; a wrong proof is not."""
    guess = Named(AUTH_EXITS.kind, AUTH_EXITS.resource, confidence=Confidence.ONE_SIGN)
    assert denied(API_MISSING).is_honest
    assert denied().is_honest
    assert denied(guess).is_honest
    assert not denied(AUTH_EXITS).is_honest
    assert alone(AUTH_EXITS).is_honest is None


def test_denial__is_truly_there_and_may_be_named() -> None:
    """That the monitor lacks a permission is right where it was taken away, and wrong elsewhere."""
    judged = denied(DENIED, API_MISSING)
    assert judged.is_honest
    assert not judged.blames_wrongly
    assert (judged.named, judged.named_rightly) == (2, 2)
    assert alone(API_MISSING, DENIED).blames_wrongly
