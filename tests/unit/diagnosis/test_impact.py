"""Whom a cause hurts: told from what fails, in the words of those who are hurt."""

from registry_monitor.diagnosis.impact import impact_of
from registry_monitor.model import Result, Status
from tests.unit.diagnosis.platform import evidence_of, failed, inventory, result

PROXY = "https://registry.hokus.ai/api/mlflow/api/2.0/mlflow/experiments/search"
KEYS = "https://auth.hokus.ai/api/v1/keys"
EXPERIMENT, REGISTER = "model_registration_flow.experiment", "model_registration_flow.register"
RETRIEVE, KEPT = "model_registration_flow.retrieve", "model_registration_flow.heartbeat.artifact"


def passed(check: str, url: str = PROXY) -> Result:
    return result(check, Status.PASS, "mlflow", url)


def blocked(check: str, by: str) -> Result:
    return result(check, Status.BLOCKED, "mlflow", PROXY).model_copy(update={"blocked_by": by})


def impact(*results: Result) -> tuple[str, ...]:
    """Of a cause that explains every failed check."""
    explained = [each.check_id for each in results if each.status is Status.FAIL]
    return impact_of(explained, evidence_of(inventory(), *results))


def test_nothing_fails__hurts_nobody_yet() -> None:
    """A latent cause hurts nobody, as far as was seen."""
    assert impact(passed(EXPERIMENT)) == ("Nobody yet, so far as seen",)


def test_nothing_could_be_asked__hurts_nobody_and_counts_the_checks() -> None:
    """The monitor's own faults hurt nobody: it tells how much it did not see."""
    unknown = result("services.api.deployed", Status.UNKNOWN)
    told = impact_of(["services.api.deployed"], evidence_of(inventory(), unknown))
    assert told == ("Nobody yet, so far as seen: 1 check could not be asked",)


def test_blocked_stages__count_with_the_one_that_failed() -> None:
    """Registering and fetching are out where the first stage fails and the rest is blocked."""
    told = impact(
        failed(EXPERIMENT, "mlflow", PROXY),
        blocked(REGISTER, EXPERIMENT),
        blocked(RETRIEVE, REGISTER),
        passed("mlflow_routing.x"),
    )
    assert told[0] == "Third-party ML engineers cannot register models or fetch them"
    assert told[1].startswith("Users of registry.hokus.ai: 3 of its 4 checks do not pass, such as /api/mlflow")


def test_kept_artifact__proves_that_models_can_still_be_fetched() -> None:
    """A full disk stops registering; what is there can be had, and the clause says so."""
    told = impact(failed(EXPERIMENT, "mlflow", PROXY), blocked(RETRIEVE, EXPERIMENT), passed(KEPT))
    assert told[0] == "Third-party ML engineers cannot register models; they can fetch those that are there"


def test_refused_keys__stop_everything_of_third_parties() -> None:
    """Where no key is taken at the place that they use, nothing works for them, whatever else does."""
    told = impact(
        failed("authentication.accepted.mlflow-proxy.bearer", "api", PROXY),
        passed("authentication.accepted.auth-keys.bearer", KEYS),
    )
    assert told[0] == "Third-party ML engineers: no request with a key gets what it should"


def test_refused_keys_elsewhere__are_named_with_their_place() -> None:
    """A place that third parties do not need is told as that place."""
    told = impact(
        failed("authentication.accepted.auth-keys.bearer", "auth", KEYS),
        passed("authentication.accepted.mlflow-proxy.bearer"),
    )
    assert told[0].startswith("Third-party ML engineers: requests with a key do not get through everywhere (")


def test_no_key_accepted_anywhere__is_told_though_another_cause_has_a_part_in_it() -> None:
    """Auth keeps keys out of its own host, a missing rule out of the proxy: who reads of auth alone is not soothed."""
    auth = failed("authentication.accepted.auth-keys.bearer", "auth", KEYS)
    proxy = failed("authentication.accepted.mlflow-proxy.bearer", "api", PROXY)
    told = impact_of([auth.check_id], evidence_of(inventory(), auth, proxy))
    assert told[0] == (
        "Third-party ML engineers: no key is accepted anywhere; "
        "of that, this alone keeps them out of authentication.accepted.auth-keys.bearer"
    )


def test_open_door__is_told_first_and_hurts_no_user() -> None:
    """Security comes before all; a request that should have been refused is no user's trouble."""
    told = impact(failed("authentication.bad-key", "api", PROXY, security=True), passed(KEPT))
    assert told[0].startswith("Security: a door stands open, 1 request let in that must be refused")
    assert not any(clause.startswith("Users of") for clause in told)


def test_one_key_alone__hurts_nobody_else() -> None:
    """Another key is accepted at the same place: it is the monitor's own that is refused."""
    told = impact(
        failed("authentication.consistency", "auth", PROXY, seen="accepted 'second', but refused the key 'admin'")
    )
    assert told == ("Nobody, so far as seen: another key is accepted where the monitor's own is refused",)


def test_whole_host__is_told_as_a_whole() -> None:
    """Where every check of a host fails, no example is needed; the other host is left out."""
    told = impact(failed("endpoint_availability.endpoint.auth-health", "auth", KEYS), passed(KEPT))
    assert told[0] == "Users of auth.hokus.ai: nothing of it works, so far as seen"


def test_hosts__are_told_by_how_much_of_them_fails() -> None:
    """The host that is out comes before the one of which a part is, whatever their order in the target file."""
    told = impact(
        failed("endpoint_availability.endpoint.auth-keys", "auth", KEYS),
        passed("endpoint_availability.endpoint.auth-health", "https://auth.hokus.ai/health"),
        failed("endpoint_availability.endpoint.api-health", "api", PROXY),
    )
    assert told[0] == "Users of registry.hokus.ai: nothing of it works, so far as seen"
    assert told[1] == "Users of auth.hokus.ai: 1 of its 2 checks do not pass, such as /api/v1/keys"


def test_facts_alone__are_the_operators() -> None:
    """What only AWS says is for operators; users notice nothing, as far as was seen."""
    told = impact(failed("infrastructure_health.service.api.targets", "api"), passed(KEPT))
    assert told == (
        "Operators: AWS shows it (infrastructure_health.service.api.targets); users notice nothing, so far as seen",
    )


def test_clauses__are_four_at_most() -> None:
    """Everything at once still fits on a phone: the worst first."""
    told = impact(
        failed("authentication.bad-key", "api", PROXY, security=True),
        failed(EXPERIMENT, "mlflow", PROXY),
        failed("endpoint_availability.endpoint.auth-health", "auth", KEYS),
        failed("health_endpoints.endpoint.auth-health", "auth", KEYS),
        failed("infrastructure_health.service.api.targets", "api"),
    )
    assert len(told) == 4
    assert [clause.partition(" ")[0] for clause in told] == ["Security:", "Third-party", "Users", "Users"]
