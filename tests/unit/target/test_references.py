"""Names inside a target file: unique where they must be, and each reference names something."""

import pytest

from registry_monitor.target import TargetError, parse_target
from tests.unit.target.small import SMALL, line_of


def only_problem(text: str) -> str:
    with pytest.raises(TargetError) as caught:
        parse_target(text, "bad.yaml")
    [problem] = caught.value.problems
    return str(problem)


def test_small_target__is_valid() -> None:
    """The text that the other tests spoil is right."""
    assert parse_target(SMALL, "small.yaml").name == "small"


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ("    service: auth\n    url", "    service: aut\n    url", "endpoints.0.service", "auth, api"),
        ("    key: admin\ncalls", "    key: root\ncalls", "endpoints.1.key", "admin, second"),
        ("caller: api,", "caller: apy,", "calls.0.caller", "auth, api"),
        ("callee: auth,", "callee: aut,", "calls.0.callee", "auth, api"),
        ("example.com/, key: admin}\nauth", "example.com/, key: root}\nauth", "calls.0.key", "admin, second"),
        ("service: api}\nend", "service: apy}\nend", "load_balancers.0.routes.0.service", "auth, api"),
        ("probe: {path: /, key: admin}", "probe: {path: /, key: root}", "services.1.probe.key", "admin, second"),
        ("monitor: admin", "monitor: root", "keys.monitor", "admin, second"),
        ("service: auth\n  missing", "service: aut\n  missing", "authentication.service", "auth, api"),
        ("proxy, service: api", "proxy, service: apy", "authentication.places.0.service", "auth, api"),
        ("takes: [bearer]", "takes: [basic]", "authentication.places.0.takes.0", "bearer, x-api-key"),
        ("wins: [bearer,", "wins: [basic,", "authentication.first_header_wins.0", "bearer, x-api-key"),
        ("{key: second, state", "{key: third, state", "authentication.keys.0.key", "admin, second"),
        ("keys: [admin, second]\nmlflow", "keys: [admin, third]\nmlflow", "authentication.consistent_keys.1", "admin"),
        ("mlflow:\n  service: api", "mlflow:\n  service: apy", "mlflow.service", "auth, api"),
        ("reader_key: second", "reader_key: third", "mlflow.reader_key", "admin, second"),
        ("other.example.com, key: admin", "other.example.com, key: root", "mlflow.host_check.key", "admin, second"),
        ("password_key: second", "password_key: third", "redis.user.password_key", "admin, second"),
        ("monitor: [redis, api]", "monitor: [cache]", "closed_to_monitor.0", "auth, api, redis, database"),
    ],
)  # fmt: skip
def test_reference_to_nothing__is_told_with_what_there_is(old: str, new: str, key: str, expected: str) -> None:
    """Line, key, value seen and the names that exist."""
    assert old in SMALL
    text = SMALL.replace(old, new)
    told = only_problem(text)
    assert f": {key}: got '" in told
    assert f"expected one of: {expected}" in told


@pytest.mark.parametrize(
    ("twice", "key"),
    [
        ("endpoints:\n  - {id: api-root, service: api, url: https://registry.example.com/}", "endpoints.2.id"),
        ("calls:\n  - {id: to-auth, caller: api, callee: auth, url: https://registry.example.com/}", "calls.1.id"),
        ("load_balancers:\n  - {name: small, hosts: [other.example.com]}", "load_balancers.1.name"),
        ("services:\n  - {role: auth, name: other, container_port: 1}", "services.2.role"),
        ("  headers:\n    - {id: bearer}", "authentication.headers.2.id"),
        ("  routes:\n    - {id: proxied, url: https://registry.example.com/api}", "mlflow.routes.1.id"),
    ],
)
def test_name_that_stands_twice__is_told(twice: str, key: str) -> None:
    """Two of one name could not be told apart in a report."""
    section, _, item = twice.partition("\n")
    head, found, tail = SMALL.rpartition(f"{section}\n")
    told = only_problem(f"{head}{found}{item}\n{tail}")
    assert "stands more than once, expected once" in told
    assert key.rpartition(".")[0].rpartition(".")[0] in told


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("api_url: https:", "api_url: http:", "mlflow.api_url"),
        ("url: https://registry.example.com/, takes", "url: http://registry.example.com/, takes", "places.0.url"),
        ("callee: auth, url: https:", "callee: auth, url: http:", "calls.0.url"),
        ("service: api\n    url: https:", "service: api\n    url: http:", "endpoints.1"),
    ],
)
def test_key_over_http__is_refused(old: str, new: str, key: str) -> None:
    """A key that travels unencrypted is told to everybody on the way."""
    assert old in SMALL
    with pytest.raises(TargetError) as caught:
        parse_target(SMALL.replace(old, new), "bad.yaml")
    [told] = [str(problem) for problem in caught.value.problems if "expected https://" in str(problem)]
    assert key in told


def test_body_schema__that_is_none_is_told_with_its_line() -> None:
    """A JSON Schema with a mistake would judge nothing."""
    text = SMALL.replace("    depth: light\n", "    expect: {status: 200, body_schema: {type: objekt}}\n")
    told = only_problem(text)
    assert told.startswith(f"line {line_of(text, 'objekt')}: endpoints.0.expect.body_schema: ")
    assert "expected a JSON Schema" in told
