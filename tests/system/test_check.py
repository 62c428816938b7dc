"""`check` as a third party starts it: a process of its own, a key on standard input, the platform as it is."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import pytest
import requests

from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.auth import KeyRecord
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, requests_since

HOST = "https://registry.hokus.ai"
RIGHT = f"{HOST}/api/mlflow"
MEMBER = KeyRecord("check-user", "check-key")
ADMIN = replace(MEMBER, is_admin=True)
WRONG_KEY = "fake-key-that-nobody-has"
# In August 2025 the server is MLflow 2.9.2, so that the client installed here would be too new.
FITTING_CLIENT = {"head": "3.9.0", "2025-08": "2.9.2"}


@dataclass(frozen=True)
class Checked:
    """What a process of `check` printed, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, object]:
        """The document of --json."""
        found: dict[str, object] = json.loads(self.stdout)
        return found

    @property
    def told(self) -> tuple[object, object]:
        """The causes and the exit code of the document, which the process must have ended with."""
        assert self.document["exit_code"] == self.exit_code, self.stderr
        return self.document["causes"], self.exit_code


def check(sandbox: Sandbox, url: str, key: str, *arguments: str, **variables: str) -> Checked:
    """Run `check` with the key on standard input; the sandbox's names are led by --target. The key must not show."""
    environment = {**_environment(), "REQUESTS_CA_BUNDLE": str(sandbox.world.authority.bundle), **variables}
    ended = subprocess.run(
        [*_command(url), "--target", str(sandbox.target_path), *arguments],
        env=environment,
        input=f"{key}\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not key or key not in ended.stdout + ended.stderr
    return Checked(ended.returncode, ended.stdout, ended.stderr)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "REGISTRY_API_KEY"}


def _command(url: str) -> list[str]:
    return [sys.executable, "-m", "registry_monitor", "check", "--url", url]


@contextmanager
def key_of(sandbox: Sandbox, record: KeyRecord) -> Iterator[str]:
    """A key that the auth service knows for a while; a fresh one each time, so that no cache knows it."""
    key = f"fake-check-key-{os.urandom(8).hex()}"
    sandbox.keys[key] = record
    try:
        yield key
    finally:
        del sandbox.keys[key]


def is_told_without_blame(sandbox: Sandbox, scenario: str, cause: str) -> None:
    """Break the platform, and see that one request is enough to tell its fault from the key's."""
    with key_of(sandbox, ADMIN) as key, broken(sandbox, scenario):
        before = len(sandbox.request_log)
        checked = check(sandbox, RIGHT, key, "--json")
        made = requests_since(sandbox, before)
    assert checked.told == ([cause], 1)
    assert "is not at fault" in checked.stdout or "not your key's fault" in checked.stdout
    assert len([request for request in made if "/api/2.0/mlflow/" in request.path]) == 1


@pytest.fixture(scope="module", params=["head", "2025-08"])
def era(request: pytest.FixtureRequest) -> Era:
    """Both dates of the platform; of the module, so that pytest starts each sandbox once."""
    found: Era = request.param
    return found


def test_healthy_platform__is_told_in_plain_words(sandbox: Sandbox) -> None:
    """A headline, what was tried, the next step."""
    with key_of(sandbox, ADMIN) as key:
        checked = check(sandbox, RIGHT, key)
    assert checked.exit_code == 0, checked.stderr
    assert "Your key works here" in checked.stdout
    assert "✓ MLflow API with the key" in checked.stdout
    assert "✗" not in checked.stdout
    assert f"Set MLFLOW_TRACKING_URI={RIGHT} and set MLFLOW_TRACKING_TOKEN to your key." in checked.stdout


def test_rate_limit__is_told_with_how_long_to_wait(sandbox: Sandbox) -> None:
    """Retry-After, and no second request."""
    before = len(sandbox.request_log)
    with key_of(sandbox, replace(ADMIN, rate_limit_per_hour=0)) as key:
        checked = check(sandbox, RIGHT, key)
    assert "Wait 60 seconds" in checked.stdout
    assert len(requests_since(sandbox, before)) == 1


def test_host_without_a_registry__is_told_after_a_bounded_search(sandbox: Sandbox) -> None:
    """The load balancer's own 404s, each shown."""
    before = len(sandbox.request_log)
    with key_of(sandbox, ADMIN) as key:
        checked = check(sandbox, "https://auth.hokus.ai", key, "--json")
    assert checked.told == (["nothing-routed"], 1)
    assert len(requests_since(sandbox, before)) == 3


@pytest.mark.parametrize(
    ("url", "variables", "told"),
    [
        ("https://registry.invalid/api/mlflow", {}, (["name"], 3)),
        ("https://127.0.0.1:1/api/mlflow", {}, (["refused"], 1)),
        (RIGHT, {"REQUESTS_CA_BUNDLE": requests.certs.where()}, (["tls"], 1)),
    ],
)
def test_connection__that_cannot_be_made_is_told_by_its_stage(
    sandbox: Sandbox, url: str, variables: dict[str, str], told: tuple[object, object]
) -> None:
    """A name that the caller's network cannot resolve proves nothing about the platform."""
    before = len(sandbox.request_log)
    assert check(sandbox, url, WRONG_KEY, "--json", **variables).told == told
    assert len(requests_since(sandbox, before)) == 0


@pytest.mark.parametrize(
    ("url", "key", "problem"),
    [
        (RIGHT, "", "no key was given: set REGISTRY_API_KEY"),
        (RIGHT, "Bearer fake-key", "the key holds spaces or quotes"),
        ("registry.hokus.ai", WRONG_KEY, "--url is no http(s) URL"),
        (f"{HOST}/mlflow/#/experiments/0", WRONG_KEY, "is it from a browser?"),
    ],
)
def test_usage_error__is_exit_2_and_asks_nothing(sandbox: Sandbox, url: str, key: str, problem: str) -> None:
    """The message says what to do, on standard error."""
    before = len(sandbox.request_log)
    checked = check(sandbox, url, key)
    assert (checked.exit_code, checked.stdout) == (2, "")
    assert problem in checked.stderr
    assert len(requests_since(sandbox, before)) == 0


def test_key_of_the_environment__comes_before_standard_input(sandbox: Sandbox) -> None:
    """As pipelines give it."""
    with key_of(sandbox, ADMIN) as key:
        checked = check(sandbox, RIGHT, WRONG_KEY, "--json", REGISTRY_API_KEY=key)
    assert checked.told == (["works"], 0)
    assert key not in checked.stdout + checked.stderr


def test_key__is_never_an_argument(sandbox: Sandbox) -> None:
    """Every process of the machine could read it."""
    checked = check(sandbox, RIGHT, "", "--key", WRONG_KEY)
    assert (checked.exit_code, "unrecognized arguments: --key" in checked.stderr) == (2, True)


def test_terminal__is_prompted_for_the_key_without_echo() -> None:
    """What is typed is sent, and does not appear."""
    ours, theirs = pty.openpty()
    command = _command("https://127.0.0.1:1/api/mlflow")
    with subprocess.Popen(
        command, env=_environment(), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as child:
        os.close(theirs)
        shown = b""
        with os.fdopen(ours, "r+b", buffering=0) as screen, suppress(OSError):  # Linux's way to tell of a closed one
            while part := screen.read(1024):
                shown += part
                if shown.endswith(b"Your API key: "):
                    screen.write(f"{WRONG_KEY}\n".encode())
    assert child.returncode == 1
    assert b"refuses the connection" in shown
    assert WRONG_KEY.encode() not in shown


def test_host_check_of_mlflow__is_not_blamed_on_the_key(sandbox: Sandbox) -> None:
    """403 is not always about rights. The MLflow of August 2025 had no such check."""
    is_told_without_blame(sandbox, "MLF-14", "host-check")


def test_healthy_platform__works_for_an_admin_and_only_reads(sandbox_of: Callable[[Era], Sandbox], era: Era) -> None:
    """Few requests, one after another, findable by the monitor's User-Agent; exit 0."""
    sandbox = sandbox_of(era)
    before = len(sandbox.request_log)
    with key_of(sandbox, ADMIN) as key:
        checked = check(sandbox, f"{RIGHT}/", key, "--json", "--mlflow-version", FITTING_CLIENT[era])
    assert checked.told == (["works"], 0)
    assert checked.document["tracking_uri"] == RIGHT
    made = requests_since(sandbox, before)
    assert len(made) == len(checked.document["tried"])  # type: ignore[arg-type]  # a list of the document
    assert len(made) <= 5
    assert all(request.user_agent.startswith("registry-monitor/") for request in made)
    assert {request.method for request in made} <= {"GET", "POST"}
    assert all(request.path.endswith("/logged-models/search") for request in made if request.method == "POST")


@pytest.mark.parametrize(
    ("record", "path", "at_head", "in_august"),
    [
        (None, "/api/mlflow", "key-refused", "key-refused"),
        (replace(ADMIN, is_revoked=True), "/api/mlflow", "key-refused", "key-refused"),
        (MEMBER, "/api/mlflow", "not-admin", "works"),
        (replace(MEMBER, has_balance=False), "/api/mlflow", "not-admin", "works"),
        (replace(MEMBER, has_balance=False), "/models", "no-balance", "wrong-prefix"),
        (replace(ADMIN, rate_limit_per_hour=0), "/api/mlflow", "rate-limited", "rate-limited"),
    ],
    ids=["unknown", "revoked", "member", "unpaid", "unpaid-elsewhere", "limited"],
)
def test_key__that_keeps_its_owner_out_is_told_why(
    sandbox_of: Callable[[Era], Sandbox], era: Era, record: KeyRecord | None, path: str, at_head: str, in_august: str
) -> None:
    """As each date of the platform has it: August knew no administrators and no balance."""
    sandbox = sandbox_of(era)
    with key_of(sandbox, record or MEMBER) as known:
        key = known if record else WRONG_KEY
        checked = check(sandbox, f"{HOST}{path}", key, "--json", "--mlflow-version", FITTING_CLIENT[era])
    causes, exit_code = checked.told
    expected = at_head if era == "head" else in_august
    assert (causes[0], exit_code) == (expected, int(expected != "works"))  # type: ignore[index]  # a list


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        (HOST, "wrong-prefix"),
        (f"{HOST}/mlflow", "wrong-prefix"),
        (f"{RIGHT}/api/2.0/mlflow", "wrong-prefix"),
        (f"{HOST}/nowhere/at/all", "wrong-prefix"),
        (RIGHT.replace("https", "http"), "not-encrypted"),
    ],
)
def test_wrong_address__is_told_with_the_right_one(
    sandbox_of: Callable[[Era], Sandbox], era: Era, url: str, cause: str
) -> None:
    """Exit 1, and the tracking URI to set."""
    sandbox = sandbox_of(era)
    with key_of(sandbox, ADMIN) as key:
        checked = check(sandbox, url, key, "--json", "--mlflow-version", FITTING_CLIENT[era])
    assert checked.told == ([cause, "works"], 1)
    assert checked.document["tracking_uri"] == RIGHT


@pytest.mark.parametrize(
    ("scenario", "cause"),
    [("MLF-01", "database-down"), ("AUT-02", "authentication-down"), ("ECS-01", "load-balancer")],
)
def test_broken_platform__is_not_blamed_on_the_key(
    sandbox_of: Callable[[Era], Sandbox], era: Era, scenario: str, cause: str
) -> None:
    """Exit 1 after one request, whether the platform says 503, or 401 as August does for all that auth cannot tell."""
    is_told_without_blame(sandbox_of(era), scenario, cause)


def test_old_server__is_told_with_the_client_to_install(sandbox_of: Callable[[Era], Sandbox]) -> None:
    """The client that is installed here is MLflow 3, the server of August 2025 is 2.9.2."""
    sandbox = sandbox_of("2025-08")
    with key_of(sandbox, ADMIN) as key:
        checked = check(sandbox, RIGHT, key, "--json")
    assert checked.told == (["client-too-new", "works"], 1)
    assert checked.document["server_version"] == "2.9.2"
    assert 'pip install "mlflow-skinny==2.9.2"' in str(checked.document["next_steps"])
