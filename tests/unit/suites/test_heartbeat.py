"""The permanent run against a small MLflow that can be told to misbehave in one way."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from registry_monitor.model import Result, Status, SuiteName
from registry_monitor.suites.heartbeat import CONTENT, HEARTBEAT_TAG, LOST_TAG, WRITTEN_TAG, heartbeat_checks
from tests.unit.suites.known_facts import context_of, packaged, run_checks

Json = dict[str, Any]
OWNER, OWNER_TAG = "hokusai-development", "registry-monitor.owner"
_PREFIX = "/api/2.0/"


class Refused(Exception):  # noqa: N818 - it is an answer
    """An error of MLflow's."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class SmallMlflow:
    """One experiment, its runs and their artifacts. ``faults``: (resource) -> an answer of its own, or None."""

    url: str = ""
    experiment: Json | None = None
    runs: dict[str, Json] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[str, Callable[[], tuple[int, Json]]] = field(default_factory=dict)
    forgets: bool = False  # says 200 to set-tag, and keeps nothing
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Json) -> tuple[int, Any]:
        resource = path.removeprefix(_PREFIX)
        with self.lock:
            self.requests.append((method, resource))
            fault = next((each for name, each in self.faults.items() if resource.startswith(name)), None)
            if fault is not None:
                return fault()
            try:
                return 200, self.known(method, resource.removeprefix("mlflow/"), query, body)
            except Refused as error:
                return error.status, {"error_code": error.code, "message": "no"}

    def known(self, method: str, resource: str, query: dict[str, list[str]], body: Json) -> Any:
        if resource.startswith("mlflow-artifacts/"):
            return self.artifact(method, resource, query, body)
        if resource in ("experiments/get-by-name", "experiments/get", "experiments/create"):
            return self.experiment_by(resource, body)
        if resource == "runs/create":
            return {"run": self.new_run(body)}
        if resource == "runs/search":
            owned = [run for run in self.runs.values() if tags_of(run).get(HEARTBEAT_TAG) == OWNER]
            return {"runs": owned[:1]} if owned else {}
        run = self.runs[body.get("run_id") or query["run_id"][0]]
        if resource == "runs/update":
            run["info"]["status"] = body["status"]
        if resource == "runs/set-tag" and not self.forgets:
            others = [tag for tag in run["data"]["tags"] if tag["key"] != body["key"]]
            run["data"]["tags"] = [*others, {"key": body["key"], "value": body["value"]}]
        return {"run": run} if resource == "runs/get" else {}

    def experiment_by(self, resource: str, body: Json) -> Json:
        if resource == "experiments/create":
            if self.experiment is not None:
                raise Refused(400, "RESOURCE_ALREADY_EXISTS")
            self.experiment = {"experiment_id": "7", "name": body["name"], "lifecycle_stage": "active"}
            return {"experiment_id": "7"}
        if self.experiment is None:
            raise Refused(404, "RESOURCE_DOES_NOT_EXIST")
        return {"experiment": self.experiment}

    def new_run(self, body: Json) -> Json:
        name = f"run{len(self.runs)}"
        info = {"run_id": name, "experiment_id": "7", "status": "RUNNING"}
        info["artifact_uri"] = f"mlflow-artifacts:/7/{name}/artifacts"
        self.runs[name] = {"info": info, "data": {"tags": body["tags"]}}
        return self.runs[name]

    def artifact(self, method: str, resource: str, query: dict[str, list[str]], body: Json) -> Any:
        if resource == "mlflow-artifacts/artifacts":
            folder = f"{resource}/{query['path'][0]}/"
            names = [name.removeprefix(folder) for name in self.artifacts if name.startswith(folder)]
            return {"files": [{"path": name, "is_dir": False} for name in names]} if names else {}
        if method == "PUT":
            self.artifacts[resource] = json.dumps(body).encode()
            return {}
        if resource not in self.artifacts:
            raise Refused(404, "RESOURCE_DOES_NOT_EXIST")
        return json.loads(self.artifacts[resource])


def tags_of(run: Json) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["data"]["tags"]}


@pytest.fixture
def mlflow() -> Iterator[SmallMlflow]:
    served = SmallMlflow()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = served.answer(self.command, parts.path, parse_qs(parts.query), json.loads(text or b"{}"))
            document = json.dumps(body).encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        do_POST = do_PUT = do_GET  # noqa: N815 - the names are the standard library's

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


def beat(mlflow: SmallMlflow) -> dict[str, Result]:
    """One run of the monitor; its three steps by their last name."""
    target = packaged()
    section = target.mlflow.model_copy(update={"api_url": mlflow.url, "budget_ms": 20_000})
    context = context_of(packaged(mlflow=section))
    found = run_checks(heartbeat_checks(context, SuiteName.MODEL_REGISTRATION_FLOW))
    return {name.rpartition(".")[2]: result for name, result in found.items()}


def statuses(found: dict[str, Result]) -> tuple[Status, Status, Status]:
    return found["find"].status, found["write"].status, found["artifact"].status


WELL = (Status.PASS, Status.PASS, Status.PASS)
BLOCKED = (Status.FAIL, Status.BLOCKED, Status.BLOCKED)
BLIND = (Status.UNKNOWN, Status.UNKNOWN, Status.UNKNOWN)
STORE_FAILS = (Status.PASS, Status.PASS, Status.FAIL)


def test_first_run__makes_one_run_with_one_artifact_and_the_next_ones_only_a_tag(mlflow: SmallMlflow) -> None:
    """All that grows is what the first run makes."""
    assert statuses(beat(mlflow)) == WELL
    made = {"experiments/create", "runs/create", "runs/update"}
    assert made <= {resource.removeprefix("mlflow/") for _, resource in mlflow.requests}
    assert tags_of(mlflow.runs["run0"]) == {OWNER_TAG: OWNER, HEARTBEAT_TAG: OWNER, WRITTEN_TAG: "run-1"}
    assert [json.loads(body) for body in mlflow.artifacts.values()] == [CONTENT]
    mlflow.requests.clear()
    assert statuses(beat(mlflow)) == WELL
    assert sorted(mlflow.requests) == [
        ("GET", "mlflow-artifacts/artifacts/7/run0/artifacts/heartbeat.json"),
        ("GET", "mlflow/experiments/get-by-name"),
        ("GET", "mlflow/runs/get"),
        ("GET", "mlflow/runs/get"),
        ("POST", "mlflow/runs/search"),
        ("POST", "mlflow/runs/set-tag"),
    ]
    assert (len(mlflow.runs), len(mlflow.artifacts)) == (1, 1)


def test_write_that_is_lost__is_a_failure_though_it_was_answered_200(mlflow: SmallMlflow) -> None:
    """What counts is what reads back, not what was said; the artifact is a matter of its own."""
    beat(mlflow)
    mlflow.runs["run0"]["data"]["tags"][-1]["value"] = "an-earlier-run"
    mlflow.forgets = True
    found = beat(mlflow)
    assert statuses(found) == (Status.PASS, Status.FAIL, Status.PASS)
    assert "still reads 'an-earlier-run': the write was lost" in found["write"].seen
    mlflow.runs["run0"]["data"]["tags"].pop()
    assert "still reads None: the write was lost" in beat(mlflow)["write"].seen


def test_tag_that_another_run_has_changed_meanwhile__is_no_lost_write(mlflow: SmallMlflow) -> None:
    """Runs may overlap; then it reads what neither the one before nor this one wrote."""
    beat(mlflow)

    answers = iter((mlflow.runs["run0"], mlflow.runs["run0"] | {"data": {"tags": [LATER]}}))

    def overwritten() -> tuple[int, Json]:
        return 200, {"run": next(answers)}

    mlflow.faults["mlflow/runs/get"] = overwritten
    assert beat(mlflow)["write"].seen == "was changed, and again by run a-later-run"


LATER = {"key": WRITTEN_TAG, "value": "a-later-run"}
REFUSED = {"error_code": "INTERNAL_ERROR", "message": "cannot execute INSERT in a read-only transaction"}


@pytest.mark.parametrize(
    ("resource", "status", "body", "expected"),
    [
        ("mlflow/experiments/get-by-name", 503, {"detail": "no database"}, BLOCKED),
        ("mlflow/experiments/get-by-name", 404, {"detail": "Not Found"}, BLOCKED),
        ("mlflow/experiments/get-by-name", 200, {}, BLOCKED),
        ("mlflow/experiments/get-by-name", 200, {"experiment": "yes"}, BLOCKED),
        ("mlflow/experiments/get-by-name", 200, {"experiment": {"experiment_id": 7}}, BLOCKED),
        ("mlflow/experiments/get-by-name", 200, {"experiment": {"experiment_id": "7", "name": None}}, BLOCKED),
        ("mlflow/runs/search", 200, {"runs": ["run0"]}, BLOCKED),
        ("mlflow/runs/search", 200, {"runs": {"run0": 1}}, BLOCKED),
        ("mlflow/runs/search", 200, {"runs": [{"info": {}}]}, BLOCKED),
        ("mlflow/runs/get", 200, {"run": {"info": {"run_id": "run0"}}}, BLOCKED),
        ("mlflow/runs/search", 500, REFUSED, BLOCKED),
        ("mlflow/runs/set-tag", 500, REFUSED, (Status.PASS, Status.FAIL, Status.PASS)),
        ("mlflow/runs/get", 200, {"status": "ok"}, BLOCKED),
        ("mlflow-artifacts/", 403, REFUSED, (Status.PASS, Status.PASS, Status.FAIL)),
        ("mlflow-artifacts/", 200, {"another": "document"}, (Status.PASS, Status.PASS, Status.FAIL)),
    ],
    ids=["database", "wrong route", "200 and nothing", "200 and nonsense", "an id that is a number",
         "no name", "runs that are texts", "runs that are an object", "a run without an id", "a run without its place",
         "search", "read-only database",
         "200 instead of the run", "artifact store", "another artifact"],
)  # fmt: skip
def test_fault__is_red_where_it_is(
    mlflow: SmallMlflow, resource: str, status: int, body: Json, expected: tuple[Status, Status, Status]
) -> None:
    """The database and the store fail apart; a 200 of somebody who is not MLflow is a failure, no defect."""
    beat(mlflow)
    mlflow.faults[resource] = lambda: (status, body)
    found = beat(mlflow)
    assert statuses(found) == expected
    assert "defect of the monitor" not in "".join(result.seen for result in found.values())
    mlflow.faults.clear()
    assert statuses(beat(mlflow)) == WELL


def test_rate_limit__is_final(mlflow: SmallMlflow) -> None:
    """Nothing is asked again against it."""
    mlflow.faults["mlflow/experiments/get-by-name"] = lambda: (429, {"detail": "too many"})
    found = beat(mlflow)["find"]
    assert (found.status, found.is_final, len(found.attempts)) == (Status.FAIL, True, 1)


def test_first_run_that_ended_half_way__is_completed_by_the_next_one(mlflow: SmallMlflow) -> None:
    """A store that was broken on the first day must not make the heartbeat red for ever."""
    mlflow.faults["mlflow-artifacts/"] = lambda: (500, REFUSED)
    assert statuses(beat(mlflow)) == STORE_FAILS
    assert statuses(beat(mlflow)) == STORE_FAILS
    assert (len(mlflow.runs), mlflow.runs["run0"]["info"]["status"]) == (1, "RUNNING")
    mlflow.faults.clear()
    assert statuses(beat(mlflow)) == WELL
    assert (len(mlflow.runs), mlflow.runs["run0"]["info"]["status"]) == (1, "FINISHED")


def test_artifact_that_is_gone__is_a_failure_once_and_is_stored_anew_by_the_next_run(mlflow: SmallMlflow) -> None:
    """Whatever lost it may have lost users' models, so it is told; a platform that works is not red for ever."""
    beat(mlflow)
    mlflow.artifacts.clear()
    assert statuses(beat(mlflow)) == STORE_FAILS
    assert mlflow.artifacts == {}
    found = beat(mlflow)
    assert statuses(found) == WELL
    (observation,) = found["artifact"].observations
    assert "and was stored anew; what lost it may have lost users' models" in observation.told
    assert [json.loads(body) for body in mlflow.artifacts.values()] == [CONTENT]
    mlflow.requests.clear()
    assert statuses(beat(mlflow)) == WELL
    assert "PUT" not in {method for method, _ in mlflow.requests}


@pytest.mark.parametrize(("days_ago", "observations"), [(6, 1), (8, 0)])
def test_loss__is_told_for_a_week(mlflow: SmallMlflow, days_ago: int, observations: int) -> None:
    """Long enough for somebody to look, and not for ever."""
    beat(mlflow)
    lost_at = int(time.time()) - days_ago * 24 * 3600
    mlflow.runs["run0"]["data"]["tags"].append({"key": LOST_TAG, "value": str(lost_at)})
    assert len(beat(mlflow)["artifact"].observations) == observations


@pytest.mark.parametrize(
    ("resource", "status", "body"),
    [
        ("mlflow-artifacts/", 500, REFUSED),
        ("mlflow-artifacts/", 200, {"status": "ok"}),
        ("mlflow-artifacts/artifacts/", 404, {"detail": "Not Found"}),
    ],
    ids=["a broken store", "somebody else", "a wrong way to the file alone"],
)
def test_artifact_that_cannot_be_fetched__is_not_taken_for_gone(
    mlflow: SmallMlflow, resource: str, status: int, body: Json
) -> None:
    """Only the store's own list proves a loss: nothing is stored anew over what may well be there."""
    beat(mlflow)
    mlflow.faults[resource] = lambda: (status, body)
    assert statuses(beat(mlflow)) == STORE_FAILS
    assert mlflow.runs["run0"]["info"]["status"] == "FINISHED"
    assert LOST_TAG not in tags_of(mlflow.runs["run0"])


def test_store_that_is_mended_while_the_database_takes_no_writes__is_well(mlflow: SmallMlflow) -> None:
    """The database's refusal is the write's own failure, and not the store's."""
    beat(mlflow)
    mlflow.artifacts.clear()
    beat(mlflow)
    for resource in ("mlflow/runs/update", "mlflow/runs/set-tag"):
        mlflow.faults[resource] = lambda: (500, REFUSED)
    assert statuses(beat(mlflow)) == (Status.PASS, Status.FAIL, Status.PASS)


def test_experiment_that_another_first_run_has_just_made__is_taken(mlflow: SmallMlflow) -> None:
    """Between looking and creating somebody was quicker; that is no failure."""
    answers = [(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"})]
    name = packaged().mlflow.experiment
    mlflow.experiment = {"experiment_id": "7", "name": name, "lifecycle_stage": "active"}
    mlflow.faults["mlflow/experiments/get-by-name"] = lambda: (
        answers.pop() if answers else (200, {"experiment": mlflow.experiment})
    )
    assert statuses(beat(mlflow)) == WELL
    assert ("POST", "mlflow/experiments/create") in mlflow.requests


def test_deleted_experiment__is_unknown_with_the_remedy_and_nothing_is_written(mlflow: SmallMlflow) -> None:
    """Somebody deleted it: the platform is not to blame, and its name stays taken."""
    beat(mlflow)
    assert mlflow.experiment is not None
    mlflow.experiment["lifecycle_stage"] = "deleted"
    mlflow.requests.clear()
    found = beat(mlflow)
    assert statuses(found) == BLIND
    assert (
        "experiment 'registry-monitor' exists, but is deleted: restore it (experiments/restore)" in found["find"].seen
    )
    assert {method for method, _ in mlflow.requests} == {"GET"}


@pytest.mark.parametrize(
    ("experiment_id", "owner"), [("7", "somebody-else"), ("8", OWNER)], ids=["another's tag", "another experiment"]
)
def test_run_of_somebody_else__is_never_changed(mlflow: SmallMlflow, experiment_id: str, owner: str) -> None:
    """The write guard refuses before anything is sent, and the sentence says whose fault it is not."""
    beat(mlflow)
    run = mlflow.runs["run0"]
    run["info"]["experiment_id"] = experiment_id
    for tag in run["data"]["tags"]:
        tag["value"] = owner if tag["key"] == OWNER_TAG else tag["value"]
    mlflow.requests.clear()
    found = beat(mlflow)
    assert statuses(found) == BLIND
    assert "run run0 does not carry the monitor's tag in its own experiment, so it is not changed" in found["find"].seen
    assert [resource for method, resource in mlflow.requests if method != "GET"] == ["mlflow/runs/search"]


def test_artifacts_that_are_not_behind_mlflow__are_told(mlflow: SmallMlflow) -> None:
    """The monitor has no right in the platform's bucket, and asks for none."""
    beat(mlflow)
    mlflow.runs["run0"]["info"]["artifact_uri"] = "s3://bucket/7/run0/artifacts"
    found = beat(mlflow)
    assert statuses(found) == (Status.PASS, Status.PASS, Status.FAIL)
    assert "keeps its artifacts in s3:, not behind MLflow" in found["artifact"].seen
