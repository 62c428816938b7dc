"""An MLflow that answers with others' ids and names: what the monitor takes for its own is another team's."""

from collections.abc import Callable, Mapping
from typing import Any

from registry_monitor.clients.write_guard import EXPIRES_TAG, OWNER_TAG
from tests.system.misbehaving import Answered, Asked, Forward, Spoil, on
from tests.torture.foreign import EXPERIMENT, OTHERS_ALIKE, Population

type Json = dict[str, Any]
type Lie = Callable[[Population, str], Spoil]


def _forged(owner: str) -> list[Json]:
    return [{"key": OWNER_TAG, "value": owner}, {"key": EXPIRES_TAG, "value": "1"}]


def _run_id(route: str, time: int = 1) -> Lie:
    """The id of another team's run in place of that of the monitor's, whose experiment and tags stand beside it."""

    def change(body: Json, run: str) -> None:
        found = [body["run"]] if "run" in body else body.get("runs", [])
        for each in found:
            each["info"] |= {"run_id": run, "run_uuid": run}

    return lambda population, owner: on(route, lambda body: change(body, population.runs[0]), time=time)


def _artifact_place(route: str) -> Lie:
    """The files of another team's run, as the place of those of the monitor's."""

    def change(body: Json, population: Population) -> None:
        for each in [body["run"]] if "run" in body else body.get("runs", []):
            each["info"]["artifact_uri"] = (
                f"mlflow-artifacts:/{population.experiments[0]}/{population.runs[0]}/artifacts"
            )

    return lambda population, owner: on(route, lambda body: change(body, population))


def _climbing_place(place: str) -> Lie:
    def change(body: Json) -> None:
        body["run"]["info"]["artifact_uri"] += place

    return lambda population, owner: on("GET runs/get", change)


def _elsewhere(population: Population, owner: str) -> Spoil:
    """Another host as the place of the artifacts."""

    def change(body: Json) -> None:
        body["run"]["info"]["artifact_uri"] = "mlflow-artifacts://elsewhere.invalid:5000/1/artifacts"

    return on("GET runs/get", change)


def _experiment(route: str) -> Lie:
    def change(body: Json, experiment: str) -> None:
        body["experiment"] |= {"experiment_id": experiment, "name": EXPERIMENT}

    return lambda population, owner: on(route, lambda body: change(body, population.experiments[0]))


def _model(route: str, name_of: Callable[[Population], str]) -> Lie:
    def change(body: Json, population: Population, owner: str) -> None:
        body["registered_model"] |= {"name": name_of(population), "tags": _forged(owner)}

    return lambda population, owner: on(route, lambda body: change(body, population, owner))


def _models_found(population: Population, owner: str) -> Spoil:
    """All models of others, as the monitor's own whose time is over."""

    def change(body: Json) -> None:
        body["registered_models"] = [{"name": name, "tags": _forged(owner)} for name in population.models]

    return on("GET registered-models/search", change)


def _runs_found(population: Population, owner: str) -> Spoil:
    """All runs of others, as the monitor's own whose time is over."""

    def change(body: Json) -> None:
        info = {"experiment_id": population.experiments[0], "status": "FINISHED", "lifecycle_stage": "active"}
        body["runs"] = [
            {
                "info": {
                    **info,
                    "run_id": run,
                    "run_uuid": run,
                    "artifact_uri": f"mlflow-artifacts:/1/{run}/artifacts",
                },
                "data": {"tags": _forged(owner)},
            }
            for run in population.runs
        ]

    return on("POST runs/search", change)


def _version(population: Population, owner: str) -> Spoil:
    def change(body: Json) -> None:
        body["model_version"] |= {"name": population.models[0], "run_id": population.runs[0], "version": "1"}

    return on("POST model-versions/create", change)


def _nonsense(body: bytes) -> Lie:
    """Every answer is the same nonsense, with status 200."""
    return lambda population, owner: lambda asked, forward: Answered(200, body)


def _with_odd_members(value: object) -> Lie:
    """What MLflow tells is there, each member of it of another type."""

    def odd(asked: Asked, forward: Forward) -> Answered:
        answered = forward(asked)
        if not answered.content_type.startswith("application/json") or not answered.body:
            return answered
        found = answered.json()
        return Answered.of({key: _replaced(each, value) for key, each in found.items()}, answered.status)

    return lambda population, owner: odd


def _replaced(found: object, value: object) -> object:
    """The first list or object, with what is in it replaced; anything else is the value."""
    if isinstance(found, dict):
        return dict.fromkeys(found, value)
    return [value for _ in found] if isinstance(found, list) else value


_NONSENSE: Mapping[str, Lie] = {
    "each answer is nested too deep": _nonsense(b"[" * 100_000),
    "each answer is an object nested deep": _nonsense(b'{"run":' * 900 + b"1" + b"}" * 900),
    "each answer is an empty object": _nonsense(b"{}"),
    "each answer is a list": _nonsense(b"[1]"),
    "each answer is null": _nonsense(b"null"),
    "each answer is empty": _nonsense(b""),
    "each answer is no UTF-8": _nonsense(b'{"run": "\xff\xfe"}'),
    "each answer is a number of thousands of digits": _nonsense(b"9" * 5_000),
    "each answer has NaN": _nonsense(b'{"runs": [NaN], "run": Infinity, "experiment": {"experiment_id": NaN}}'),
    "each answer has half a character": _nonsense(b'{"experiment": {"experiment_id": "\\ud800", "name": "\\ud800"}}'),
    "members are null": _with_odd_members(None),
    "members are numbers": _with_odd_members(7),
    "members are texts": _with_odd_members("odd"),
    "members are lists": _with_odd_members([]),
    "members are objects": _with_odd_members({"a": {}}),
}
LIES: Mapping[str, Lie] = {
    **_NONSENSE,
    "another's run is said to be made": _run_id("POST runs/create"),
    "another's run is said to be made, the second time": _run_id("POST runs/create", time=2),
    "another's run is read in its place": _run_id("GET runs/get"),
    "another's run is found in its place": _run_id("POST runs/search"),
    "all runs are said to be its own": _runs_found,
    "another's files are said to be the run's": _artifact_place("GET runs/get"),
    "another's files are said to be those of the runs found": _artifact_place("POST runs/search"),
    "its files are said to be above its own": _climbing_place("/../../../0"),
    "its files are said to be above its own, encoded": _climbing_place("/%2e%2e/%2e%2e/%2e%2e/0"),
    "its files are said to be with another host": _elsewhere,
    "another's experiment has its name": _experiment("GET experiments/get-by-name"),
    "another's model is said to be made": _model("POST registered-models/create", lambda found: found.models[0]),
    "a model like its own is said to be made": _model("POST registered-models/create", lambda found: OTHERS_ALIKE[0]),
    "another's model is read in its place": _model("GET registered-models/get", lambda found: found.models[0]),
    "a model like its own is read in its place": _model("GET registered-models/get", lambda found: OTHERS_ALIKE[0]),
    "all models are said to be its own": _models_found,
    "another's version is said to be made": _version,
}
