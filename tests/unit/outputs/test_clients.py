"""Clients of AWS that give up in seconds, on servers that hang."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry_monitor.inventory import aws
from registry_monitor.outputs.clients import brief_client, within
from registry_monitor.outputs.state_store import S3StateStore, StateError, Stored
from tests.system.misbehaving import Answered, Asked, serving
from tests.torture.hanging import HangingServer, Stage


@pytest.mark.parametrize("stage", ["a header byte a second", "a body byte a second", "endless body"])
def test_state__of_an_s3_that_never_ends_its_answer_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Botocore's time-out begins anew with each byte: without one for the whole answer, Lambda kills the function."""
    monkeypatch.setattr("registry_monitor.outputs.state_store._WITHIN_S", 0.5)
    with HangingServer(stage) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{server.address}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key-id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-access-key")
        with pytest.raises(
            StateError, match=r"could not be read: SlowAnswerError \(the answer did not end within 0.5 s"
        ):
            S3StateStore("bucket", "target", "us-east-1").read("history.json")


def test_document__is_sent_with_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 is not asked first whether it may come: that would cost a round trip for each object."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-access-key")
    asked: list[Asked] = []

    def answer(request: Asked) -> Answered:
        asked.append(request)
        return Answered(200, b"")

    with serving(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        aws.forget_clients()  # those of the servers of other tests
        assert S3StateStore("bucket", "target", "us-east-1").write("history.json", "{}", Stored(None, None), {})
    (put,) = asked
    assert (put.method, put.body.count(b"{}")) == ("PUT", 1)
    assert "expect" not in {name.lower() for name in put.headers}


def test_state__that_s3_is_slow_with_once_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One late answer of many thousands a month must not fail a run."""
    monkeypatch.setattr("registry_monitor.outputs.state_store._READ_S", 0.3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-access-key")
    asked: list[str] = []

    def answer(request: Asked) -> Answered:
        asked.append(request.method)
        if len(asked) == 1:
            time.sleep(1.0)
        return Answered(200, b"")

    with serving(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert S3StateStore("bucket", "target", "us-east-1").write("history.json", "{}", Stored(None, None), {})
    assert asked == ["PUT", "PUT"]


def test_within__gives_the_answer_or_the_error() -> None:
    """What is quick is as if nobody had looked at the clock."""
    assert within(5, lambda: "answer") == "answer"
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_those_who_come_at_once__share_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run reads ahead in several threads; each session would hold, and first read, S3's model of 12 MB once more."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-access-key")
    threads = 8
    all_here = threading.Barrier(threads)

    def make(_: int) -> object:
        all_here.wait()
        return brief_client("s3", "us-east-1", connect_s=1, read_s=1)

    with ThreadPoolExecutor(threads) as pool:
        assert len(set(pool.map(make, range(threads)))) == 1
