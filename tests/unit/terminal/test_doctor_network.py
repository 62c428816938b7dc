"""`doctor` of hosts: each connects to where the target leads it, and what fails says what to do."""

import socket
from collections.abc import Iterator

import pytest

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.inventory.facts import Inventory
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.target import Endpoint, Keys, Mlflow, Service, Target
from registry_monitor.terminal.doctor_aws import clock_line
from registry_monitor.terminal.doctor_network import host_lines

INSIDE = "http://auth.registry.internal:8000/health"


def target(*closed: str) -> Target:
    return Target(
        name="test",
        region="us-east-1",
        cluster="c",
        keys=Keys(secret="s", names=("admin",), monitor="admin"),
        services=(Service(role="auth", name="registry-auth", container_port=8000),),
        endpoints=(Endpoint(id="inside", service="auth", url=INSIDE, inside_vpc=True),),
        mlflow=Mlflow(service="auth", api_url="https://registry.test.invalid/mlflow", experiment="e", model="m"),
        closed_to_monitor=closed,
    )


def nothing_read(of: Target) -> Inventory:
    """What AWS has told before it was asked: nothing."""
    return InventoryReader(of).snapshot()


def told(of: Target, *, is_inside_vpc: bool = True) -> dict[str, tuple[str, str]]:
    lines = host_lines(of, nothing_read(of), is_inside_vpc=is_inside_vpc)
    return {line.subject: (line.word, line.told) for line in lines}


@pytest.fixture(autouse=True)
def _no_mapping() -> Iterator[None]:
    yield
    connect_to({})


def test_hosts__that_accept_connections_are_ok_and_unknown_names_are_wrong() -> None:
    """A listening socket is all that is asked of a host without TLS; the name says what to correct."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect_to({"auth.registry.internal:8000": f"127.0.0.1:{server.getsockname()[1]}"})
        lines = told(target())
    assert lines["auth.registry.internal:8000"] == ("ok", "resolves, and accepts connections")
    word, text = lines["registry.test.invalid:443"]
    assert word == "WRONG"
    assert text.endswith("correct it in the target file, or the zone that this network's resolver asks")


def test_hosts__that_refuse_are_wrong() -> None:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        connect_to({"auth.registry.internal:8000": f"127.0.0.1:{taken.getsockname()[1]}"})
        word, text = told(target())["auth.registry.internal:8000"]
    assert (word, text.partition(":")[0]) == ("WRONG", "refused the connection")


def test_inside__is_skipped_from_outside() -> None:
    """A laptop cannot reach it, and that is nobody's fault."""
    assert told(target(), is_inside_vpc=False)["auth.registry.internal:8000"][0] == "skipped"


def test_closed_service__is_skipped_and_its_inside_is_not_asked() -> None:
    """What the target says is closed needs no rule."""
    lines = told(target("auth"))
    assert "auth.registry.internal:8000" not in lines
    assert lines["auth"][0] == "skipped"


@pytest.mark.parametrize(
    ("ahead_s", "word", "text"),
    [
        (None, "skipped", "AWS has given no answer to compare it with"),
        (-20.0, "ok", "is less than 60 s from AWS's"),
        (601.0, "WRONG", "is 601 s ahead of AWS's: set it, or AWS refuses what is signed by it"),
        (-90.0, "WRONG", "is 90 s behind AWS's: set it, or AWS refuses what is signed by it"),
    ],
)
def test_clock__is_wrong_when_it_is_a_minute_off(ahead_s: float | None, word: str, text: str) -> None:
    """Signatures hold for five minutes; a minute off is about to become trouble."""
    line = clock_line(ahead_s)
    assert (line.word, line.told) == (word, text)
