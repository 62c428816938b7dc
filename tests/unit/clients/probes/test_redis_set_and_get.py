"""SET and GET of one key against a real redis-server, and servers that say what that cannot be made to."""

import socket
from collections.abc import Callable

import pytest
import redis

from registry_monitor.clients.http import HttpError
from registry_monitor.clients.redis_probe import RedisAddress, RedisUser, set_and_get
from registry_monitor.clients.write_guard import WriteRefusedError
from tests.sandbox.processes.redis import RedisServer
from tests.unit.clients.probes.conftest import REDIS_USER as USER
from tests.unit.clients.probes.conftest import attempt
from tests.unit.clients.probes.servers import answering, closed_port, plain_redis, serving

KEY, VALUE = "registry-monitor:probe", "run-1 · ü"
MAY_SET_AND_GET = ("~registry-monitor:*", "+set", "+get")


def test_set_and_get__brings_back_what_was_written_and_ends_by_itself(start_redis: Callable[..., RedisServer]) -> None:
    """With no more rights than SET and GET of its own keys; the key has a time to live."""
    server = start_redis(*MAY_SET_AND_GET)
    with redis.Redis(server.address, server.port) as client:
        client.config_resetstat()
        trip = set_and_get(attempt(), plain_redis(server), USER, KEY, VALUE, 60)
        asked = {name: stats["calls"] for name, stats in client.info("commandstats").items()}
        assert client.get(KEY) == VALUE.encode()
        assert 0 < client.ttl(KEY) <= 60
    assert (trip.is_same, trip.reply) == (True, VALUE)
    assert trip.set_ms is not None
    assert trip.get_ms is not None
    assert asked == {"cmdstat_config|resetstat": 1, "cmdstat_auth": 1, "cmdstat_set": 1, "cmdstat_get": 1}


@pytest.mark.parametrize(
    ("rights", "config", "user", "reply"),
    [
        (MAY_SET_AND_GET, {}, RedisUser(USER.name, "fake-wrong-password"), "-WRONGPASS"),
        (("~registry-monitor:*", "+get"), {}, USER, "-NOPERM"),
        (("~registry-monitor:*", "+set"), {}, USER, "-NOPERM"),
        (("~other:*", "+set", "+get"), {}, USER, "-NOPERM"),
        (MAY_SET_AND_GET, {"maxmemory": "1"}, USER, "-OOM"),
        (MAY_SET_AND_GET, {"min-replicas-to-write": "1"}, USER, "-NOREPLICAS"),
    ],
    ids=["wrong password", "may not SET", "may not GET", "may not have the key", "full", "without its replicas"],
)
def test_refusals__are_told_in_the_servers_words(
    start_redis: Callable[..., RedisServer],
    rights: tuple[str, ...],
    config: dict[str, str],
    user: RedisUser,
    reply: str,
) -> None:
    """The reply's own text says which; the password is not in it."""
    trip = set_and_get(attempt(), plain_redis(start_redis(*rights, config=config)), user, KEY, VALUE, 60)
    assert not trip.is_same
    assert trip.reply.startswith(f"{reply} ")
    assert user.password not in trip.reply
    assert trip.get_ms is None or rights == ("~registry-monitor:*", "+set")


def test_read_only_replica__is_told(start_redis: Callable[..., RedisServer]) -> None:
    """After a fail-over the name may still lead to what is now a replica."""
    server = start_redis(*MAY_SET_AND_GET)
    with redis.Redis(server.address, server.port) as client:
        client.replicaof("127.0.0.1", closed_port())
    trip = set_and_get(attempt(), plain_redis(server), USER, KEY, VALUE, 60)
    assert (trip.is_same, trip.get_ms) == (False, None)
    assert trip.reply.startswith("-READONLY You can't write against a read only replica.")


@pytest.mark.parametrize(("key", "ttl_s"), [("api_key:validation:x", 60), ("registry-monitor", 60), (KEY, 0)])
def test_foreign_keys__are_refused_before_anything_is_sent(key: str, ttl_s: int) -> None:
    """Nobody else's key is ever touched, and none of the monitor's stays for ever."""
    connections: list[object] = []
    with serving(connections.append) as port, pytest.raises(WriteRefusedError, match="not sent"):
        set_and_get(attempt(), RedisAddress("127.0.0.1", port, tls=False), USER, key, VALUE, ttl_s)
    assert connections == []


@pytest.mark.parametrize(
    "echo",
    [
        f"-ERR unknown command 'AUTH', with args beginning with: '{USER.name}' '{USER.password}' ",
        f"-ERR unknown command 'AUTH', with args beginning with: '{USER.name}' '{USER.password[:12]}",
    ],
    ids=["whole", "cut off by the server"],
)
def test_password_that_the_server_repeats__is_not_told(echo: str) -> None:
    """As a Redis before version 6, or one whose AUTH is renamed, repeats it."""
    with serving(answering(f"{echo}\r\n".encode())) as port:
        trip = set_and_get(attempt(), RedisAddress("127.0.0.1", port, tls=False), USER, KEY, VALUE, 60)
    assert trip.reply == f"-ERR unknown command 'AUTH', with args beginning with: '{USER.name}' '…"
    assert USER.password not in repr((trip, USER))


@pytest.mark.parametrize(
    ("replies", "is_same", "reply"),
    [
        ((b"+OK\r\n", b"+OK\r\n", b"$-1\r\n"), False, "(nil)"),
        ((b"+OK\r\n", b"+OK\r\n", b"$3\r\nold\r\n"), False, "old"),
        ((b"+OK\r\n", b"+OK\r\n", b"+PONG\r\n"), False, "+PONG"),
        ((b"+OK\r\n", b"$-1\r\n"), False, "(nil)"),
    ],
    ids=["lost", "another value", "no value at all", "not stored"],
)
def test_value_that_does_not_come_back__is_told(replies: tuple[bytes, ...], is_same: bool, reply: str) -> None:
    """What GET answered instead."""

    def serve(connection: socket.socket) -> None:
        for each in replies:
            answering(each)(connection)

    with serving(serve) as port:
        trip = set_and_get(attempt(), RedisAddress("127.0.0.1", port, tls=False), USER, KEY, VALUE, 60)
    assert (trip.is_same, trip.reply) == (is_same, reply)


@pytest.mark.parametrize("header", [b"$99999999\r\n", b"$-7\r\n", b"$many\r\n"])
def test_absurd_length__is_broken(header: bytes) -> None:
    """A value that is none of the monitor's is not read."""

    def serve(connection: socket.socket) -> None:
        for each in (b"+OK\r\n", b"+OK\r\n", header):
            answering(each)(connection)

    with serving(serve) as port, pytest.raises(HttpError, match="answered with a value of") as caught:
        set_and_get(attempt(), RedisAddress("127.0.0.1", port, tls=False), USER, KEY, VALUE, 60)
    assert caught.value.kind == "broken"
