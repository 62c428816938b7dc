"""Other teams' experiments, runs, models and artifacts in the sandbox's MLflow; and whether somebody touched them.

It is counted where it is kept: each row of MLflow's database, and each version of each object in the artifact store.
"""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from registry_monitor.clients.write_guard import EXPIRES_TAG, OWNER_TAG
from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.sandbox import Sandbox

EXPERIMENT, MODEL = "registry-monitor", "registry-monitor-canary"  # of the monitor's own (the packaged targets)
OTHERS_ALIKE = (f"{MODEL}-theirs", f"{MODEL}-another")  # another's, under a name like the monitor's own
_EXPERIMENTS = ("churn", f"{EXPERIMENT} ", EXPERIMENT.upper(), f"{EXPERIMENT}/", "rеgistry-monitor")  # Cyrillic
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_OWN_RUNS = """
    SELECT run_uuid FROM runs JOIN experiments USING (experiment_id) JOIN tags USING (run_uuid)
    WHERE experiments.name = %s AND key = %s AND value = %s
"""


@dataclass(frozen=True)
class Population:
    """Ids and names of what is not the monitor's."""

    experiments: tuple[str, ...]
    runs: tuple[str, ...]
    models: tuple[str, ...]


@contextmanager
def planted(sandbox: Sandbox, owner: str) -> Iterator[Population]:
    """Make them, and take them away; some look as like the monitor's own as they can: names and tags are forged."""
    mlflow = _Client(sandbox)
    population = _plant(mlflow, owner)
    try:
        yield population
    finally:
        runs = (*population.runs, *mlflow.left_runs())
        for name in mlflow.models():
            mlflow.ask("DELETE", "registered-models/delete", {"name": name})
        for run in runs:
            mlflow.ask("POST", "runs/delete", {"run_id": run})
        for experiment in population.experiments:
            mlflow.ask("POST", "experiments/delete", {"experiment_id": experiment})
        listed = sandbox.world.s3.list_objects_v2(Bucket=ARTIFACTS_BUCKET).get("Contents", [])
        for key in (each["Key"] for each in listed if any(run in each["Key"] for run in runs)):
            sandbox.world.s3.delete_object(Bucket=ARTIFACTS_BUCKET, Key=key)


def _plant(mlflow: "_Client", owner: str) -> Population:
    forged = [{"key": OWNER_TAG, "value": owner}, {"key": EXPIRES_TAG, "value": "1"}]
    experiments = [mlflow.ask("POST", "experiments/create", {"name": name})["experiment_id"] for name in _EXPERIMENTS]
    own = mlflow.own_experiment()
    runs = []
    for experiment in (*experiments, own):
        for tags in ([], forged) if experiment != own else ([], [{"key": OWNER_TAG, "value": "another-target"}]):
            run = mlflow.ask("POST", "runs/create", {"experiment_id": experiment, "tags": tags})["run"]["info"]
            metric = {"run_id": run["run_id"], "key": "auc", "value": 0.9, "timestamp": 1}
            mlflow.ask("POST", "runs/log-metric", metric)
            mlflow.put(f"{experiment}/{run['run_id']}/artifacts/model/MLmodel", b"theirs")
            runs.append(run["run_id"])
    models: dict[str, list[dict[str, str]]] = {
        "churn": forged,
        MODEL: forged,
        MODEL.upper() + "-1": forged,
        f"{MODEL}\u20101": forged,  # another hyphen
        OTHERS_ALIKE[0]: [],
        OTHERS_ALIKE[1]: [{"key": OWNER_TAG, "value": "another-target"}],
    }
    for name, tags in models.items():
        mlflow.ask("POST", "registered-models/create", {"name": name, "tags": tags})
        version = {"name": name, "source": f"runs:/{runs[0]}/model", "run_id": runs[0]}
        mlflow.ask("POST", "model-versions/create", version)
        mlflow.ask("POST", "registered-models/alias", {"name": name, "alias": "champion", "version": "1"})
    return Population(tuple(experiments), tuple(runs), tuple(models))


class Watch:
    """What there is when it begins; ``touched`` tells later what of it was changed, and what new is nobody's."""

    def __init__(self, sandbox: Sandbox, owner: str) -> None:
        self._sandbox = sandbox
        self._owner = owner
        self._own_before = self._own()
        self._rows, self._objects = self._all_rows(), self._all_objects()

    def touched(self) -> tuple[str, ...]:
        """Rows and objects that were there and are not as they were, and new ones that are not the monitor's."""
        own = self._own() | self._own_before
        rows, objects = self._all_rows(), self._all_objects()
        changed = [f"row of {row}" for row in self._rows - rows if not _is_row_of(row, own)]
        changed += [f"new row of {row}" for row in rows - self._rows if not _is_row_of(row, own)]
        changed += [f"object {each}" for each in self._objects - objects if not _is_object_of(each, own)]
        changed += [f"new object {each}" for each in objects - self._objects if not _is_object_of(each, own)]
        return tuple(each[:300] for each in sorted(changed))

    def _own(self) -> frozenset[str]:
        """Ids of the monitor's runs, also of deleted ones; its models are told by the start of their names."""
        with self._sandbox.postgres.connect() as connection, connection.cursor() as cursor:
            cursor.execute(_OWN_RUNS, (EXPERIMENT, OWNER_TAG, self._owner))
            return frozenset(run for (run,) in cursor.fetchall())

    def _all_rows(self) -> frozenset[str]:
        with self._sandbox.postgres.connect() as connection, connection.cursor() as cursor:
            cursor.execute(_TABLES)
            tables = [table for (table,) in cursor.fetchall()]
            rows = []
            for table in tables:
                cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')  # noqa: S608 - names of MLflow's tables
                rows += [f"{table}: {row}" for (row,) in cursor.fetchall()]
        return frozenset(rows)

    def _all_objects(self) -> frozenset[str]:
        found: list[str] = []
        for page in self._sandbox.world.s3.get_paginator("list_object_versions").paginate(Bucket=ARTIFACTS_BUCKET):
            found += [
                f"{each['Key']} {each['VersionId']} {each.get('ETag', 'deleted')} {each['IsLatest']}"
                for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            ]
        return frozenset(found)


def _is_row_of(row: str, own: frozenset[str]) -> bool:
    """Whether a row is of one of the monitor's runs, by its id, or of its experiment or one of its models, by name."""
    values = json.loads(row.partition(": ")[2])
    if "run_uuid" in values:
        return values["run_uuid"] in own
    name = values.get("name")
    return name == EXPERIMENT or (str(name).startswith(f"{MODEL}-") and name not in OTHERS_ALIKE)


def _is_object_of(each: str, own: frozenset[str]) -> bool:
    return any(f"/{run}/" in each for run in own)


class _Client:
    """MLflow itself, behind everything: its administrator's way."""

    def __init__(self, sandbox: Sandbox) -> None:
        parts = urlsplit(sandbox.mlflow_address)
        self._place = (parts.hostname or "", parts.port)

    def ask(self, method: str, resource: str, body: dict[str, Any]) -> Any:
        return json.loads(self._send(method, f"/api/2.0/mlflow/{resource}", json.dumps(body).encode()))

    def own_experiment(self) -> str:
        """The monitor's, as after a day."""
        try:
            made = self.ask("POST", "experiments/create", {"name": EXPERIMENT})
        except RuntimeError:  # it is there
            made = self.ask("GET", f"experiments/get-by-name?experiment_name={EXPERIMENT}", {})["experiment"]
        return str(made["experiment_id"])

    def left_runs(self) -> list[str]:
        """What the monitor could not take away, since it was lied to; its permanent run has no time to live."""
        asked = {"experiment_ids": [self.own_experiment()], "filter": f"tags.`{EXPIRES_TAG}` LIKE '%'"}
        return [each["info"]["run_id"] for each in self.ask("POST", "runs/search", asked).get("runs", [])]

    def models(self) -> list[str]:
        """All that are there: those planted, and what the monitor could not take away."""
        found = self.ask("GET", "registered-models/search?max_results=1000", {}).get("registered_models", [])
        return [each["name"] for each in found]

    def put(self, path: str, body: bytes) -> None:
        self._send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{quote(path)}", body)

    def _send(self, method: str, path: str, body: bytes) -> bytes:
        connection = http.client.HTTPConnection(*self._place, timeout=20)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", "Host": "localhost"})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {content!r}")
        return content
