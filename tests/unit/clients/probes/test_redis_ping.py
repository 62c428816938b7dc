"""PING against a real redis-server, and against servers that say what a redis-server cannot be made to."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from registry_monitor.clients.http import HttpError
from registry_monitor.clients.redis_probe import RedisAddress, ping
from registry_monitor.model import CannotTellError
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.processes.redis import RedisServer, TlsFiles
from tests.unit.clients.probes.conftest import attempt
from tests.unit.clients.probes.servers import (
    HOST,
    answering,
    closed_port,
    full_backlog,
    plain_redis,
    serving,
    trickling,
)


class SlowToLoad(RedisServer):
    """A Redis that takes its time over each key of its file when it starts."""

    def _command(self, program: str) -> list[str]:
        slow = ("--key-load-delay", "200000", "--loading-process-events-interval-bytes", "1024")  # microseconds a key
        return [*super()._command(program), *slow]


def _tls_files(folder: Path, authority: CertificateAuthority) -> TlsFiles:
    certificate = authority.issue((HOST,))
    files = TlsFiles(folder / "redis.pem", folder / "redis.key")
    files.certificate.write_bytes(certificate.body)
    files.private_key.write_bytes(certificate.private_key)
    return files


@pytest.mark.parametrize(
    ("password", "reply"), [(None, "+PONG"), ("fake-redis-password", "-NOAUTH Authentication required.")]
)
def test_ping__is_alive_with_and_without_a_password(
    start_redis: Callable[..., RedisServer], password: str | None, reply: str
) -> None:
    """A server that wants a password answers, and that is what is asked."""
    answer = ping(attempt(), plain_redis(start_redis(password=password)))
    assert (answer.reply, answer.is_alive) == (reply, True)
    assert answer.latency_ms > 0


def test_ping__through_tls(
    start_redis: Callable[..., RedisServer], stranger: CertificateAuthority, tmp_path: Path, lead: Callable[..., None]
) -> None:
    """The certificate is verified by the CA that the target names, for the host that it names."""
    server = start_redis(tls=_tls_files(tmp_path, stranger))
    lead(6379, server.port, server.address)
    assert ping(attempt(), RedisAddress(HOST, 6379, tls=True, ca_file=stranger.bundle)).is_alive
    with pytest.raises(HttpError, match="certificate verify failed: unable to get local issuer") as caught:
        ping(attempt(), RedisAddress(HOST, 6379, tls=True))
    assert caught.value.kind == "tls"
    by_address = RedisAddress(server.address, server.port, tls=True, ca_file=stranger.bundle)
    with pytest.raises(HttpError, match="IP address mismatch"):
        ping(attempt(), by_address)


def test_plain_ping_to_tls__is_broken(
    start_redis: Callable[..., RedisServer], stranger: CertificateAuthority, tmp_path: Path
) -> None:
    """A target that says "no TLS" of a server that has it is told so."""
    server = start_redis(tls=_tls_files(tmp_path, stranger))
    with pytest.raises(HttpError) as caught:
        ping(attempt(), plain_redis(server))
    assert caught.value.kind == "broken"


def test_tls_ping_to_plain__is_a_time_out(start_redis: Callable[..., RedisServer], impatient: None) -> None:
    """Redis takes the handshake for the beginning of a command, and waits for the end of the line."""
    server = start_redis()
    with pytest.raises(HttpError, match="did not answer the TLS handshake in time") as caught:
        ping(attempt(), RedisAddress(server.address, server.port, tls=True))
    assert caught.value.kind == "timeout"


def test_ping__suspended_and_stopped(start_redis: Callable[..., RedisServer], impatient: None) -> None:
    """Suspended it accepts and is silent, stopped it refuses, resumed it is alive."""
    server = start_redis()
    server.suspend()
    with pytest.raises(HttpError) as hanging:
        ping(attempt(), plain_redis(server))
    server.resume()
    assert ping(attempt(), plain_redis(server)).is_alive
    server.stop()
    with pytest.raises(HttpError) as stopped:
        ping(attempt(), plain_redis(server))
    assert (hanging.value.kind, stopped.value.kind) == ("timeout", "refused")


def test_ping__of_a_replica_that_lost_its_master(start_redis: Callable[..., RedisServer]) -> None:
    """It answers, and takes no commands: not alive."""
    server = start_redis(config={"replica-serve-stale-data": "no"})
    with redis.Redis(server.address, server.port) as client:
        client.replicaof("127.0.0.1", closed_port())
    answer = ping(attempt(), plain_redis(server))
    assert not answer.is_alive
    assert answer.reply.startswith("-MASTERDOWN Link with MASTER is down")


def test_ping__while_it_loads_its_data(start_redis: Callable[..., RedisServer]) -> None:
    """After a restart: it answers, and takes no commands: not alive."""
    server = start_redis(kind=SlowToLoad)
    with redis.Redis(server.address, server.port) as client:
        client.mset({f"key-{number}": "x" * 2000 for number in range(20)})
        client.config_set("rdbcompression", "no")
        client.save()
    server.stop()
    server.start()
    answer = ping(attempt(), plain_redis(server))
    assert (answer.is_alive, answer.reply) == (False, "-LOADING Redis is loading the dataset in memory")


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (b"-ERR max number of clients reached\r\n", "-ERR max number of clients reached"),
        (b"-NOAUTHENTICATION\r\n", "-NOAUTHENTICATION"),
        (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (b"+" + b"x" * 10_000 + b"\r\n", "+" + "x" * 199),
        (b"\xff\xfe\xfd\r\n", "\\xff\\xfe\\xfd"),
    ],
    ids=["full of clients", "almost NOAUTH", "another server", "endless line", "no text"],
)
def test_ping__is_not_alive_on_anything_else(answer: bytes, reply: str) -> None:
    """The first line is told, capped."""
    with serving(answering(answer)) as port:
        got = ping(attempt(), RedisAddress("127.0.0.1", port, tls=False))
    assert (got.is_alive, got.reply) == (False, reply)


@pytest.mark.parametrize(
    ("answer", "clause"),
    [
        (b"", "closed the connection before its answer was complete"),
        (b"+PO", "closed the connection before its answer was complete"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "it expects TLS, and was asked without"),
    ],
    ids=["nothing", "half a line", "TLS alert"],
)
def test_ping__is_broken_without_a_whole_line(answer: bytes, clause: str) -> None:
    """Closed too early is no answer."""
    with serving(answering(answer)) as port, pytest.raises(HttpError, match=clause) as caught:
        ping(attempt(), RedisAddress("127.0.0.1", port, tls=False))
    assert caught.value.kind == "broken"


def test_silences__are_told_by_their_stage(silent_port: int, impatient: None) -> None:
    """Not accepted, accepted without an answer, and an answer that never ends."""
    with full_backlog() as port, pytest.raises(HttpError) as dropped:
        ping(attempt(), RedisAddress("127.0.0.1", port, tls=False))
    with pytest.raises(HttpError) as silent:
        ping(attempt(), RedisAddress("127.0.0.1", silent_port, tls=False))
    with serving(trickling) as port, pytest.raises(HttpError) as endless:
        ping(attempt(), RedisAddress("127.0.0.1", port, tls=False))
    assert [each.value.kind for each in (dropped, silent, endless)] == ["connect timeout", "timeout", "timeout"]


def test_ping_cut_short__proves_nothing(silent_port: int) -> None:
    """The run's own time was over."""
    with pytest.raises(CannotTellError):
        ping(attempt(remaining_s=0.4), RedisAddress("127.0.0.1", silent_port, tls=False))
