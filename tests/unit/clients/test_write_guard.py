"""The write guard: nothing foreign is ever written, whatever is asked for."""

import random
import string

import pytest

from registry_monitor.clients.write_guard import OWNER_TAG, OwnNames, WriteGuard, WriteRefusedError

NAMES = OwnNames(experiment="registry-monitor", model="canary", owner="target")
OWN = {OWNER_TAG: "target"}

WRITES = [
    ("POST", "experiments/create", {"name": "{}"}),
    ("POST", "experiments/delete", {"experiment_id": "{}"}),
    ("POST", "runs/create", {"experiment_id": "{}"}),
    ("POST", "runs/update", {"run_id": "{}"}),
    ("POST", "runs/delete", {"run_id": "{}"}),
    ("POST", "runs/log-batch", {"run_id": "{}"}),
    ("POST", "registered-models/create", {"name": "{}"}),
    ("POST", "registered-models/rename", {"name": "canary-1", "new_name": "{}"}),
    ("DELETE", "registered-models/delete", {"name": "{}"}),
    ("DELETE", "registered-models/delete", {"name": "canary-{}"}),
    ("POST", "model-versions/create", {"name": "{}", "run_id": "own-run"}),
    ("POST", "model-versions/create", {"name": "canary-{}", "run_id": "own-run"}),
    ("POST", "model-versions/create", {"name": "canary-1", "run_id": "{}"}),
    ("DELETE", "model-versions/delete", {"name": "canary-1", "version": "{}"}),
    ("PATCH", "model-versions/update", {"name": "canary-1", "version": "{}"}),
    ("PUT", "mlflow-artifacts/artifacts/1/{}/artifacts/model/x", {}),
    ("PUT", "mlflow-artifacts/artifacts/{}/own-run/artifacts/model/x", {}),
    ("DELETE", "mlflow-artifacts/artifacts/{}", {}),
    ("PATCH", "registered-models/update", {"name": "{}", "description": "mine now"}),
    ("PATCH", "registered-models/update", {"name": "canary-{}", "description": "mine now"}),
    ("POST", "registered-models/set-tag", {"name": "canary-{}", "key": "k", "value": "v"}),
    ("POST", "registered-models/alias", {"name": "{}", "alias": "champion", "version": "1"}),
    ("POST", "registered-models/alias", {"name": "canary-{}", "alias": "champion", "version": "1"}),
    ("DELETE", "registered-models/alias", {"name": "canary-1", "alias": "{}"}),
    ("DELETE", "registered-models/delete-tag", {"name": "canary-1", "key": "{}"}),
    ("POST", "model-versions/set-tag", {"name": "{}", "version": "1", "key": "k", "value": "v"}),
    ("POST", "model-versions/set-tag", {"name": "canary-{}", "version": "1", "key": "k", "value": "v"}),
    ("POST", "model-versions/transition-stage", {"name": "canary-1", "version": "1", "stage": "{}"}),
    ("POST", "{}", {"name": "canary-1"}),
    ("POST", "", {}),
]


@pytest.fixture
def guard() -> WriteGuard:
    guard = WriteGuard(NAMES)
    guard.claim_experiment("1", "registry-monitor")
    guard.claim_run("own-run", "1", OWN, "own-run")
    guard.claim_model("canary-1", OWN, "canary-1")
    return guard


def test_foreign_writes__are_all_refused(guard: WriteGuard) -> None:
    """10,000 foreign names and ids, in every write of the API: none passes."""
    chance = random.Random(7)
    alphabet = string.ascii_letters + string.digits + "-_./ %"
    refused = 0
    for number in range(10_000):
        foreign = "".join(chance.choices(alphabet, k=chance.randint(2, 20)))  # the own ids have one, or are words
        method, resource, body = WRITES[number % len(WRITES)]
        with pytest.raises(WriteRefusedError):
            guard.authorize(
                method, resource.format(foreign), {key: value.format(foreign) for key, value in body.items()}
            )
        refused += 1
    assert refused == 10_000


@pytest.mark.parametrize(
    ("method", "resource", "body"),
    [
        ("POST", "experiments/create", {"name": "registry-monitor"}),
        ("POST", "runs/create", {"experiment_id": "1"}),
        ("POST", "runs/log-batch", {"run_id": "own-run"}),
        ("POST", "runs/delete", {"run_id": "own-run"}),
        ("PUT", "mlflow-artifacts/artifacts/1/own-run/artifacts/model/MLmodel", {}),
        ("DELETE", "mlflow-artifacts/artifacts/1/own-run/artifacts", {}),
        ("POST", "registered-models/create", {"name": "canary-2"}),
        ("POST", "model-versions/create", {"name": "canary-1", "run_id": "own-run"}),
        ("DELETE", "registered-models/delete", {"name": "canary-1"}),
        ("PATCH", "registered-models/update", {"name": "canary-1", "description": "the champion is version 2"}),
        ("POST", "registered-models/set-tag", {"name": "canary-1", "key": "k", "value": "v"}),
        ("POST", "registered-models/alias", {"name": "canary-1", "alias": "champion", "version": "2"}),
        ("POST", "model-versions/set-tag", {"name": "canary-1", "version": "2", "key": "k", "value": "v"}),
        ("GET", "registered-models/get", {"name": "anybody's"}),
        ("POST", "runs/search", {"experiment_ids": ["77"]}),
    ],
)
def test_own_writes_and_all_reads__pass(guard: WriteGuard, method: str, resource: str, body: dict[str, str]) -> None:
    """The monitor can do its work."""
    guard.authorize(method, resource, body)
    assert guard.names == NAMES


@pytest.mark.parametrize(
    ("method", "resource", "body"),
    [
        ("POST", "runs/create", {"experiment_id": "1"}),
        ("POST", "runs/delete", {"run_id": "own-run"}),
        ("POST", "model-versions/create", {"name": "canary-1", "run_id": "own-run"}),
        ("DELETE", "registered-models/delete", {"name": "canary-1"}),
        ("PATCH", "registered-models/update", {"name": "canary-1"}),
        ("POST", "registered-models/set-tag", {"name": "canary-1"}),
        ("POST", "registered-models/alias", {"name": "canary-1"}),
        ("POST", "model-versions/set-tag", {"name": "canary-1", "version": "1"}),
        ("PUT", "mlflow-artifacts/artifacts/1/own-run/artifacts/x", {}),
    ],
)
def test_own_names__are_not_enough_before_they_were_read_back(method: str, resource: str, body: dict[str, str]) -> None:
    """A fresh guard owns nothing."""
    with pytest.raises(WriteRefusedError):
        WriteGuard(NAMES).authorize(method, resource, body)


@pytest.mark.parametrize("tags", [{}, {OWNER_TAG: "another target"}])
def test_claims__are_refused_without_the_tag_and_withdraw_what_was_owned(
    guard: WriteGuard, tags: dict[str, str]
) -> None:
    """Somebody who takes the tag away takes the object away."""
    with pytest.raises(WriteRefusedError):
        guard.claim_run("own-run", "1", tags, "own-run")
    with pytest.raises(WriteRefusedError):
        guard.claim_model("canary-1", tags, "canary-1")
    for method, resource, body in (
        ("POST", "runs/delete", {"run_id": "own-run"}),
        ("DELETE", "registered-models/delete", {"name": "canary-1"}),
        ("POST", "model-versions/create", {"name": "canary-1", "run_id": "own-run"}),
        ("POST", "registered-models/alias", {"name": "canary-1", "alias": "champion", "version": "1"}),
        ("POST", "model-versions/set-tag", {"name": "canary-1", "version": "1", "key": "k", "value": "v"}),
    ):
        with pytest.raises(WriteRefusedError):
            guard.authorize(method, resource, body)


@pytest.mark.parametrize(
    "path",
    [
        *("1/own-run/artifacts/../../2/x", "1/own-run/artifacts/%2e%2e/x", "1/own-run"),
        *("1/own-run/artifacts/.\t./.\t./2/x", "1/own-run/artifacts/．．/2/x", "1/own-run/artifacts//2/x"),
        *("1/own-run/artifacts/./x", "1/own-run/artifacts/x\\..", "1/own-run/artifacts/x;y", "1/own-run/artifacts/x\n"),
    ],
)
def test_artifact_paths__cannot_climb_out_of_the_run(guard: WriteGuard, path: str) -> None:
    """A path that leaves the run's own folder is refused."""
    with pytest.raises(WriteRefusedError):
        guard.authorize("DELETE", f"mlflow-artifacts/artifacts/{path}", {})


def test_answer_under_another_id_or_name__is_no_claim(guard: WriteGuard) -> None:
    """An answer that calls another's object by the monitor's tags gains nothing, and what was owned is withdrawn."""
    with pytest.raises(WriteRefusedError, match="run own-run does not carry"):
        guard.claim_run("theirs", "1", OWN, "own-run")
    with pytest.raises(WriteRefusedError, match="'canary-1' does not carry"):
        guard.claim_model("canary-theirs", OWN, "canary-1")
    with pytest.raises(WriteRefusedError, match="is not the monitor's own"):
        guard.claim_experiment("2", "registry-monitor", asked_for="1")
    for method, resource, body in (
        ("POST", "runs/delete", {"run_id": "theirs"}),
        ("POST", "runs/delete", {"run_id": "own-run"}),
        ("DELETE", "registered-models/delete", {"name": "canary-theirs"}),
        ("POST", "runs/create", {"experiment_id": "2"}),
        ("POST", "runs/create", {"experiment_id": "1"}),
    ):
        with pytest.raises(WriteRefusedError):
            guard.authorize(method, resource, body)


@pytest.mark.parametrize("name", [["canary-1"], {"canary-1": 1}, None, True, 1, b"own-run"])
def test_name_that_is_no_text__is_refused(guard: WriteGuard, name: object) -> None:
    """What reads the body on the other side may make something of a list; the guard makes nothing of it."""
    for method, resource in (("POST", "runs/delete"), ("DELETE", "registered-models/delete"), ("POST", "runs/create")):
        with pytest.raises(WriteRefusedError):
            guard.authorize(method, resource, {"run_id": name, "name": name, "experiment_id": name})
