"""A small platform on loopback that treats keys as each test tells it, and the suite run against it."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from requests.structures import CaseInsensitiveDict

from registry_monitor.clients.http import HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.keyring import Keyring
from registry_monitor.model import Result, Status
from registry_monitor.redaction import Redactor
from registry_monitor.runner import Bounds, Runner
from registry_monitor.suites import authentication
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import Authentication, Target, load_target

KEYS = {name: f"fake-{name}-key" for name in ("admin", "second", "member", "revoked")}
BAD = "registry-monitor-bad-"
MISSING, INVALID = (401, {"detail": "missing"}), (401, {"detail": "invalid"})
MEMBER, LET_IN = (403, {"error": "ADMIN"}), (200, {"experiments": []})
OUTAGE, LIMIT = (503, {"detail": "no auth"}), (429, {"detail": "too many"})
type Said = tuple[int, dict[str, object]]


@dataclass(frozen=True)
class Sent:
    """What came with one request; ``keys`` by header id, as the headers count."""

    path: str
    headers: Mapping[str, str]
    number: int

    @property
    def keys(self) -> dict[str, str]:
        scheme, _, bearer = self.headers.get("Authorization", "").partition(" ")
        found = {"bearer": bearer if scheme == "Bearer" else "", "x-api-key": self.headers.get("X-API-Key", "")}
        return {header: key for header, key in found.items() if key}

    @property
    def key(self) -> str | None:
        return next(iter(self.keys.values()), None)


def healthy(sent: Sent) -> Said:
    """A platform without faults."""
    return by_key(sent.key)


def by_key(key: str | None) -> Said:
    if key is None:
        return MISSING
    return {KEYS["admin"]: LET_IN, KEYS["second"]: LET_IN, KEYS["member"]: MEMBER}.get(key, INVALID)


@dataclass
class Platform:
    """The server; ``answer`` is what a test replaces, ``sent`` what it has been asked."""

    url: str = ""
    answer: Callable[[Sent], Said] = healthy
    headers: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def running_platform() -> Iterator[Platform]:
    """A platform that listens; healthy until it is told otherwise."""
    served = Platform()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with served.lock:
                sent = Sent(self.path, CaseInsensitiveDict(self.headers), len(served.sent))
                served.sent.append(sent)
                status, document = served.answer(sent)
            body = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **served.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the names are the standard library's

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


def target_of(platform: Platform, **changes: object) -> Target:
    """A target whose places are this platform's."""
    accepted = {"status": 200, "body_schema": {"required": ["experiments"]}}
    section = {
        "service": "auth",
        "missing": {"status": 401, "json": {"detail": "missing"}},
        "invalid": {"status": 401, "json": {"detail": "invalid"}},
        "bad_key_prefix": BAD,
        "headers": [
            {"id": "bearer", "prefix": "Bearer "},
            {"id": "x-api-key", "header": "X-API-Key"},
            {"id": "upper-case-name", "header": "AUTHORIZATION", "prefix": "Bearer "},
            {"id": "basic", "prefix": "Basic ", "expect": "missing"},
            {"id": "two-spaces", "prefix": "Bearer  ", "expect": "invalid"},
        ],
        "places": [
            {
                "id": "proxy",
                "service": "api",
                "url": f"{platform.url}/proxy",
                "takes": ["bearer", "x-api-key"],
                "accepted": accepted,
            },
            {
                "id": "direct",
                "service": "mlflow",
                "url": f"{platform.url}/direct",
                "takes": ["bearer"],
                "accepted": accepted,
            },
        ],
        "first_header_wins": ["bearer", "x-api-key"],
        "keys": [
            {"key": "member", "state": "valid, not an administrator's", "expect": {"status": 403, "json": MEMBER[1]}},
            {"key": "revoked", "state": "revoked", "expect": {"status": 401, "json": {"detail": "invalid"}}},
        ],
        "consistent_keys": ["admin", "second"],
        "validation": {"url": f"{platform.url}/validate", "body": {"service_id": "platform"}, "accepted": accepted},
        "budget_ms": 20_000,
        **changes,
    }
    return load_target("hokusai-development").model_copy(
        update={"authentication": Authentication.model_validate(section)}
    )


def run_suite(target: Target) -> dict[str, Result]:
    """Run all checks of the suite; results by id, without the suite's name."""
    keyring = Keyring(lambda force: KEYS, Redactor())
    budget = RequestBudget(1000)
    http = HttpClient(keyring, budget, target.keys.form_of)
    context = SuiteContext("fake-run", target, InventoryReader(target), http, keyring, budget, is_inside_vpc=False)
    bounds = Bounds(deadline=time.monotonic() + 60, confirm_after_s=(0.0,))
    results = Runner("fake-run", bounds, Redactor()).run(authentication.checks(context))
    http.close()
    return {result.check_id.removeprefix("authentication."): result for result in results}


def ids(results: Mapping[str, Result], *statuses: Status) -> set[str]:
    return {name for name, result in results.items() if result.status in statuses}
