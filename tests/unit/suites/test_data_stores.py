"""What AWS says of the stores, and what they say themselves: tables of states, and servers that are in trouble."""

import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.inventory.facts import Bucket, Cache
from registry_monitor.inventory.facts import Database as DatabaseFact
from registry_monitor.model import Result, Status, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.data_stores import bucket_checks, database_checks, redis_checks
from registry_monitor.target import Database, Redis
from registry_monitor.target.platform import RedisUser
from tests.sandbox.certificates import CertificateAuthority
from tests.unit.clients.probes.servers import (
    HOST,
    answering,
    closed_port,
    full_backlog,
    new_authority,
    server_context,
    serving,
)
from tests.unit.suites.known_facts import KEYS, KnownFacts, context_of, packaged, run_checks

SUITE = SuiteName.INFRASTRUCTURE_HEALTH
CACHE = Cache(
    id="cache", status="available", host=HOST, port=6379, has_tls=False, has_auth_token=True, member_clusters=()
)
DATABASE = DatabaseFact(
    id="database", status="available", host=HOST, port=5432, engine="postgres", engine_version="15.8",
    allocated_storage_gb=20, security_groups=("sg-database",), ca_identifier=None, is_encrypted=True,
)  # fmt: skip


def redis_results(cache: Cache | None = CACHE, redis: Redis | None = None, **changes: Any) -> dict[str, Result]:
    wanted = redis or Redis(replication_group="cache", tls=False, budget_ms=20_000)
    context = context_of(packaged(**changes), facts=KnownFacts(cache=cache))
    return by_name(run_checks(redis_checks(context, SUITE, wanted)))


def database_results(database: DatabaseFact | None = DATABASE, ca_file: Path | None = None) -> dict[str, Result]:
    wanted = Database(instance="database", ca_file=ca_file, budget_ms=20_000)
    context = context_of(facts=KnownFacts(database=database))
    return by_name(run_checks(database_checks(context, SUITE, wanted)))


def by_name(results: dict[str, Result]) -> dict[str, Result]:
    return {name.rpartition(".")[2]: result for name, result in results.items()}


def lead(usual_port: int, port: int) -> None:
    connect_to({f"{HOST}:{usual_port}": f"127.0.0.1:{port}"})


@pytest.mark.parametrize(
    ("status", "expected"),
    [("available", Status.PASS), ("modifying", Status.PASS), ("snapshotting", Status.PASS), ("creating", Status.FAIL),
     ("deleting", Status.FAIL), ("create-failed", Status.FAIL)],
)  # fmt: skip
def test_cache__serves_in_these_states(status: str, expected: Status) -> None:
    """What AWS calls it stands in the sentence; PING is not asked of one that does not serve."""
    lead(6379, closed_port())
    found = redis_results(CACHE.model_copy(update={"status": status}))
    assert (found["state"].status, found["state"].seen) == (expected, f"is {status}")
    assert found["ping"].status is (Status.FAIL if expected is Status.PASS else Status.BLOCKED)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("available", Status.PASS), ("backing-up", Status.PASS), ("modifying", Status.PASS),
     ("configuring-enhanced-monitoring", Status.PASS), ("storage-optimization", Status.PASS),
     ("storage-full", Status.FAIL), ("stopped", Status.FAIL), ("rebooting", Status.FAIL), ("failed", Status.FAIL),
     ("inaccessible-encryption-credentials", Status.FAIL)],
)  # fmt: skip
def test_database__serves_in_these_states(status: str, expected: Status) -> None:
    """A full disk is no state in which it serves: it can be read, and no model can be registered."""
    lead(5432, closed_port())
    found = database_results(DATABASE.model_copy(update={"status": status}))
    assert (found["state"].status, found["state"].seen) == (expected, f"is {status}")


def test_stores_that_do_not_exist__fail() -> None:
    """AWS proves the absence."""
    for found, asked, status in (
        (redis_results(None), "ping", Status.BLOCKED),
        (database_results(None), "answers", Status.FAIL),
    ):
        assert (found["state"].status, found["state"].seen) == (
            Status.FAIL,
            "does not exist in this account and region",
        )
        assert found[asked].status is status


def test_stores_without_an_address__cannot_be_asked() -> None:
    """AWS tells none while they are being created."""
    nowhere = {"host": None, "port": None}
    ping = redis_results(CACHE.model_copy(update=nowhere))["ping"]
    answers = database_results(DATABASE.model_copy(update=nowhere))["answers"]
    assert (ping.status, ping.seen) == (Status.UNKNOWN, "could not be asked: AWS told no address of Redis cache")
    assert (answers.status, answers.seen) == (
        Status.UNKNOWN,
        "could not be asked: AWS told no address of database database",
    )


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (b"+PONG\r\n", Status.PASS),
        (b"-NOAUTH Authentication required.\r\n", Status.PASS),
        (b"-LOADING Redis is loading the dataset in memory\r\n", Status.FAIL),
        (b"-MASTERDOWN Link with MASTER is down\r\n", Status.FAIL),
        (b"-ERR max number of clients reached\r\n", Status.FAIL),
        (b"HTTP/1.1 400 Bad Request\r\n", Status.FAIL),
        (b"", Status.FAIL),
    ],
)
def test_ping__is_right_where_redis_takes_commands(reply: bytes, status: Status) -> None:
    """NOAUTH is a healthy answer: nobody gives the monitor the platform's credentials."""
    with serving(answering(reply)) as port:
        lead(6379, port)
        ping = redis_results()["ping"]
    assert ping.status is status
    assert reply.decode().strip() in ping.seen


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("asked", "group"), [("ping", "to the security group of Redis cache"), ("answers", "to security group sg-database")]
)
def test_closed_port__is_unknown_with_the_rule(asked: str, group: str) -> None:
    """Never FAIL: it may be that the platform has not opened it; of the database AWS names the group."""
    usual = {"ping": 6379, "answers": 5432}[asked]
    with full_backlog() as port:
        lead(usual, port)
        result = (redis_results() if asked == "ping" else database_results())[asked]
    assert result.status is Status.UNKNOWN
    assert f"for TCP {usual} {group}" in result.seen


def test_database_of_another_engine__is_judged_by_what_aws_says() -> None:
    """The monitor speaks PostgreSQL's protocol alone: what it could not understand it does not ask."""
    context = context_of(packaged(), facts=KnownFacts(database=DATABASE))
    checks = database_checks(context, SUITE, Database(instance="database", engine="mysql"))
    found = by_name(run_checks(checks))
    assert (found["state"].status, found["answers"].status) == (Status.PASS, Status.SKIPPED)
    assert "does not speak the protocol of mysql" in found["answers"].seen


@pytest.mark.parametrize("asked", ["redis", "database"])
def test_what_is_closed_to_the_monitor__is_skipped(asked: str) -> None:
    """Its state in AWS is judged all the same."""
    found = redis_results(closed_to_monitor=("redis", "database"))
    if asked == "database":
        context = context_of(packaged(closed_to_monitor=("database",)), facts=KnownFacts(database=DATABASE))
        found = by_name(run_checks(database_checks(context, SUITE, Database(instance="database"))))
    assert found.pop("state").status is Status.PASS
    assert {result.status for result in found.values()} == {Status.SKIPPED}
    assert all("closed_to_monitor" in result.seen for result in found.values())


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return new_authority(tmp_path, "database")


def error(code: str, message: str) -> bytes:
    fields = f"SFATAL\0C{code}\0M{message}\0\0".encode()
    return b"E" + struct.pack("!I", 4 + len(fields)) + fields


def greeting(authority: CertificateAuthority, message: bytes) -> Callable[[socket.socket], None]:
    """A PostgreSQL server that makes the TLS handshake, and answers a request for a session with this message."""
    context = server_context(authority)

    def serve(connection: socket.socket) -> None:
        connection.recv(8, socket.MSG_WAITALL)
        connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(message)

    return serve


@pytest.mark.parametrize(
    ("message", "status", "seen"),
    [
        (b"R" + struct.pack("!II", 8, 10), Status.PASS, "asks for SASL"),
        (error("28000", "no pg_hba.conf entry for host"), Status.PASS, "28000 no pg_hba.conf entry for host"),
        (error("3D000", "database does not exist"), Status.PASS, "3D000 database does not exist"),
        (error("57P03", "the database system is starting up"), Status.FAIL, "57P03 the database system is starting up"),
        (error("53300", "sorry, too many clients already"), Status.FAIL, "53300 sorry, too many clients already"),
        (b"HTTP/", Status.FAIL, "answered StartupMessage with 'H'"),
    ],
    ids=[
        "asks for a password",
        "refuses the host",
        "does not know the name",
        "starting up",
        "no connection left",
        "HTTP",
    ],
)
def test_database__is_alive_when_it_would_take_a_session(
    authority: CertificateAuthority, message: bytes, status: Status, seen: str
) -> None:
    """Any refusal of who asks proves that it serves; having no connection left proves the contrary."""
    with serving(greeting(authority, message)) as port:
        lead(5432, port)
        answers = database_results(ca_file=authority.bundle)["answers"]
    assert answers.status is status
    assert seen in answers.seen


def test_database_without_tls_or_with_a_strangers_certificate__is_wrong(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    """Credentials would travel in clear, or to somebody else."""
    with serving(answering(b"N")) as port:
        lead(5432, port)
        answers = database_results(ca_file=authority.bundle)["answers"]
    assert (answers.status, answers.seen) == (Status.FAIL, "refused TLS")
    stranger = new_authority(tmp_path, "stranger")
    with serving(greeting(stranger, error("28000", "no"))) as port:
        lead(5432, port)
        answers = database_results(ca_file=authority.bundle)["answers"]
    assert (answers.status, answers.evidence["error"]) == (Status.FAIL, "tls")


REDIS_WITH_USER = Redis(
    replication_group="cache",
    tls=False,
    user=RedisUser(name="registry-monitor", password_key="admin"),
    budget_ms=20_000,
)


@pytest.fixture
def remembered() -> Iterator[list[list[str]]]:
    """A Redis that keeps one value for each key, and the commands that came."""
    commands: list[list[str]] = []
    values: dict[str, str] = {}

    def serve(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        while head := lines.readline():
            words = [lines.read(int(lines.readline()[1:]) + 2)[:-2].decode() for _ in range(int(head[1:]))]
            commands.append(words)
            if words[0] == "SET":
                values[words[1]] = words[2]
            value = values.get(words[-1], "")
            reply = f"${len(value)}\r\n{value}" if words[0] == "GET" else "+OK"
            connection.sendall(f"{reply if words[0] != 'PING' else '+PONG'}\r\n".encode())

    with serving(serve) as port:
        lead(6379, port)
        yield commands


def test_round_trip__writes_one_key_of_its_own_run_that_ends_by_itself(remembered: list[list[str]]) -> None:
    """Another run at the same time has another key, so neither reads what the other has written."""
    trip = redis_results(redis=REDIS_WITH_USER)["round-trip"]
    assert (trip.status, trip.seen) == (Status.PASS, "read back what was written")
    asked = [words for words in remembered if words[0] != "PING"]
    key = "registry-monitor:hokusai-development:run-1"
    assert asked[0] == ["AUTH", "registry-monitor", KEYS["admin"]]
    assert asked[1][:2] == ["SET", key]
    assert asked[1][3:] == ["EX", "60"]
    assert asked[2:] == [["GET", key]]


def test_round_trip__needs_a_user_and_its_password() -> None:
    """Without a user it is skipped, without the password unknown."""
    assert redis_results()["round-trip"].status is Status.SKIPPED
    user = RedisUser(name="registry-monitor", password_key="redis-password")
    trip = redis_results(redis=REDIS_WITH_USER.model_copy(update={"user": user}))["round-trip"]
    assert trip.status is Status.UNKNOWN
    assert "'redis-password'" in trip.seen


@pytest.mark.parametrize(
    ("bucket", "exists", "encrypted"),
    [
        (Bucket(name="bucket", encryption="aws:kms"), Status.PASS, Status.PASS),
        (Bucket(name="bucket", encryption=None), Status.PASS, Status.FAIL),
        (None, Status.FAIL, Status.BLOCKED),
    ],
)
def test_bucket__exists_and_is_encrypted(bucket: Bucket | None, exists: Status, encrypted: Status) -> None:
    """One that does not exist has no encryption to be judged."""
    context: SuiteContext = context_of(facts=KnownFacts(bucket=bucket))
    found = by_name(run_checks(bucket_checks(context, SUITE, "bucket")))
    assert (found["exists"].status, found["encrypted"].status) == (exists, encrypted)


def test_facts_that_could_not_be_read__are_unknown() -> None:
    """A missing permission of the monitor's is no fault of the platform."""
    context = context_of(facts=KnownFacts())
    found = run_checks(bucket_checks(context, SUITE, "bucket"))
    assert {result.status for result in found.values()} == {Status.UNKNOWN}
