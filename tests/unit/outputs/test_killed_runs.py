"""Runs at once, in processes of their own, of which some are killed: the state stays valid, and no run is lost."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import boto3
import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from registry_monitor.outputs.state_store import S3StateStore, load
from registry_monitor.state.history_documents import HISTORY, HistoryDocument
from registry_monitor.state.incidents import INCIDENTS, IncidentsDocument
from tests.unit.outputs.killed_runs import REGION, TARGET

BUCKET = "state-of-killed-runs"
TRIES = 50


@pytest.fixture
def s3_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Moto's S3 over HTTP, one request at a time: as in S3, nothing comes between a condition and its write."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-key")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_runs_at_once_of_which_one_is_killed__leave_the_state_whole(s3_url: str) -> None:
    """Fifty pairs: both documents can be read, and each run that came to its end is in them."""
    client = boto3.client("s3", region_name=REGION, endpoint_url=s3_url)
    client.create_bucket(Bucket=BUCKET)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.unit.outputs.killed_runs", s3_url, BUCKET, str(TRIES)],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(ended.stdout)
    store = S3StateStore(BUCKET, TARGET, REGION, client)
    kept = {sample.run_id for sample in load(store, HISTORY, HistoryDocument).samples}
    assert len(told["ended"]) + told["killed"] == 2 * TRIES + 1, "of each pair, the other one ended"
    assert set(told["ended"]) <= kept
    assert 0 < told["killed"] < TRIES, "some were killed on their way, and some had ended by then"
    # Which of them is open at the end is chance: who overtakes the other in the last pairs has found its cause gone.
    document = load(store, INCIDENTS, IncidentsDocument)
    assert {each.cause.kind for each in document.incidents} == {"endpoint-gone", "database-gone"}, "none is lost"
    assert document.open, "the last run that was counted has seen one of them"
