"""What the MLflow client reads passes one session: bounded in bytes and time, whoever reads the body."""

import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.http import Answer
from registry_monitor.clients.mlflow_transport import API_BODY_CAP_BYTES, Conversation, GuardedSession, conversing
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.clients.write_guard import OwnNames, WriteGuard
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.redaction import Redactor
from registry_monitor.target import BEARER, KeyForm
from tests.unit.clients.conftest import Server, reply

NAMES = OwnNames("registry-monitor", "registry-monitor-canary", "registry-monitor")


@pytest.fixture(autouse=True)
def _no_mapping() -> None:
    connect_to({})


def conversation_with(server: Server, remaining_s: float = 10.0, form: KeyForm = BEARER) -> Conversation:
    return Conversation(
        session=GuardedSession(),
        attempt=Attempt("run-1", "suite.check", 1, time.monotonic() + remaining_s),
        keyring=Keyring(lambda force: {"admin": "fake-admin-key"}, Redactor()),
        key="admin",
        form=form,
        guard=WriteGuard(NAMES),
        budget=RequestBudget(10),
        prefixes=(server.url,),
    )


def get(conversation: Conversation, server: Server, **arguments: Any) -> requests.Response:
    with conversing(conversation):
        return conversation.session.request("GET", f"{server.url}/mlflow/runs/get", **arguments)


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        (BEARER, {"Authorization": "Bearer fake-admin-key"}),
        (KeyForm(prefix="Basic ", encoding="base64"), {"Authorization": "Basic ZmFrZS1hZG1pbi1rZXk="}),
        (KeyForm(header="X-Registry-Token"), {"X-Registry-Token": "fake-admin-key"}),
    ],
)
def test_key__is_sent_as_the_target_has_it_and_nothing_beside_it(
    server: Server, form: KeyForm, sent: dict[str, str]
) -> None:
    """MLflow's client knows two ways, and takes a login from its user's environment: neither counts here."""
    get(conversation_with(server, form=form), server, headers={"Authorization": "Bearer fake-key-of-the-user"})
    ((_, headers),) = server.requests
    assert {name: headers.get(name) for name in ("Authorization", *sent) if name in headers} == sent


def endless(handler: BaseHTTPRequestHandler, status: int = 200, pause_s: float = 0.0) -> None:
    handler.send_response_only(status)
    handler.end_headers()
    handler.close_connection = True
    for _ in range(2 * API_BODY_CAP_BYTES // 65536):
        handler.wfile.write(bytes(1 if pause_s else 65536))
        time.sleep(pause_s)


@pytest.mark.parametrize(("status", "stream"), [(200, False), (500, False), (500, True)])
def test_answer_without_end__is_broken_off(server: Server, status: int, stream: bool) -> None:
    """It would fill the memory; of an error that is asked for as a stream too."""
    server.answer = lambda handler: endless(handler, status)
    with pytest.raises(requests.ConnectionError, match="longer than 8388608 bytes"):
        get(conversation_with(server), server, stream=stream)


def test_artifact_without_end__is_broken_off_where_mlflow_reads_it(server: Server) -> None:
    """It would fill the disk of the function: MLflow writes as long as something comes."""
    server.answer = endless
    response = get(conversation_with(server), server, stream=True)
    read: list[int] = []
    with pytest.raises(requests.ConnectionError, match="longer than 8388608 bytes"):
        read.extend(len(chunk) for chunk in response.iter_content(65536))
    assert 0 < sum(read) <= API_BODY_CAP_BYTES


def test_answer_that_drips__ends_with_the_time_of_its_check(server: Server) -> None:
    """A thread that reads on would outlive the run, in an environment that is used again."""
    server.answer = lambda handler: endless(handler, pause_s=0.2)
    began = time.monotonic()
    with pytest.raises((requests.ReadTimeout, CannotTellError)):
        get(conversation_with(server, remaining_s=1.0), server)
    assert time.monotonic() - began < 5


def test_retry_after__is_heeded(server: Server) -> None:
    """The MLflow client asks the same again no sooner than it may."""
    server.answer = lambda handler: reply(handler, 503, b"{}", Retry_After="60")
    conversation = conversation_with(server)
    assert get(conversation, server).status_code == 503
    with pytest.raises(requests.RequestException, match=r"answered 503: \{\}, and asks to wait"):
        get(conversation, server)
    assert isinstance(conversation.failed, Answer)
    assert len(server.requests) == 1
