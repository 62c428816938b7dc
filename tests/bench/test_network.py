"""The network of the bench: what it holds up, and that it changes nothing else."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.bench.network import SlowNetwork

ROUND_TRIP_S = 0.1


@pytest.fixture
def echo() -> Iterator[str]:
    """A server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(65536):
                    connection.sendall(data)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_network__a_round_trip_for_each_exchange_and_one_for_the_connection(echo: str) -> None:
    """The first answer comes after two round trips, each other one after one; bytes come as they were sent."""
    with SlowNetwork(ROUND_TRIP_S) as network:
        host, port = network.way_to(echo).split(":")
        took_s = []
        with socket.create_connection((host, int(port))) as client, client.makefile("rb") as answers:
            for line in (b"one\n", b"two\n", b"three\n"):
                began = time.monotonic()
                client.sendall(line)
                assert answers.readline() == line
                took_s.append(time.monotonic() - began)
    assert took_s[0] >= 2 * ROUND_TRIP_S
    assert min(took_s[1:]) >= ROUND_TRIP_S
    assert took_s[0] > max(took_s[1:])


def test_network__much_at_once_is_held_up_once(echo: str) -> None:
    """Latency, not bandwidth: a megabyte takes no round trip for each of its parts."""
    with SlowNetwork(ROUND_TRIP_S) as network:
        host, port = network.way_to(echo).split(":")
        sent = bytes(range(256)) * 4096
        with socket.create_connection((host, int(port))) as client:
            threading.Thread(target=client.sendall, args=(sent,)).start()
            got = bytearray()
            while len(got) < len(sent):
                got += client.recv(65536)
    assert got == sent
