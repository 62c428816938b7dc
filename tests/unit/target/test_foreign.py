"""What a target file in S3 may not say: each rule by itself, and all that is wrong at once."""

import typing
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from registry_monitor.target import Target, parse_target
from registry_monitor.target.foreign import HOSTS, foreign_problems, is_own
from tests.unit.target.small import SMALL, line_of

OF_OTHERS = "secret: registry-monitor/victim"


def told(text: str) -> list[str]:
    return [str(problem) for problem in foreign_problems(parse_target(text, "t"), text)]


def refusal(text: str, part: str) -> str:
    """The one problem of a text; it names the line of a part of it."""
    [problem] = told(text)
    assert problem.startswith(f"line {line_of(text, part)}: ")
    return problem.partition(": ")[2]


def test_target_that_keeps_to_its_own__is_taken() -> None:
    """With a map in S3, and connections that are led to where the platform is met otherwise, of load balancers too."""
    hosts = "registry.example.com", "a-1.us-east-1.elb.amazonaws.com", "m.a.use1.cache.amazonaws.com"
    led = "connect_to:\n" + "".join(f"  '{host}:443': '10.0.0.9:8443'\n" for host in hosts)
    assert told(SMALL) == told(f"{SMALL}terraform_map: s3://bucket/key\n{led}") == []


def test_keys_of_another_target__are_refused() -> None:
    """Who may write one file would have all keys, sent to a host of their own."""
    expected = "keys.secret: got 'registry-monitor/victim'; expected 'registry-monitor/small'"
    assert refusal(SMALL.replace("secret: registry-monitor/small", OF_OTHERS), OF_OTHERS).startswith(expected)


def test_map_in_a_file__is_refused() -> None:
    """It would be one of the function's own."""
    expected = "terraform_map: got '/proc/self/environ'; expected s3://bucket/key"
    assert refusal(f"{SMALL}terraform_map: /proc/self/environ\n", "terraform_map").startswith(expected)


def test_authorities_in_a_file__are_refused() -> None:
    """It may be any file of the function's, a device without an end among them."""
    text = f"{SMALL}database: {{instance: one, ca_file: /dev/zero}}\n"
    assert refusal(text, "ca_file").startswith("database.ca_file: got '/dev/zero'; expected none")


@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [
        ("sts.us-east-1.amazonaws.com:443", "203.0.113.1:443", "leads what is asked of AWS elsewhere"),
        ("STS.amazonaws.com.cn.:443", "203.0.113.1:443", "leads what is asked of AWS elsewhere"),
        ("rds.amazonaws.com:443", "203.0.113.1:443", "leads what is asked of AWS elsewhere"),
        ("s3.us-east-1.api.aws:443", "203.0.113.1:443", "leads what is asked of AWS elsewhere"),
        ("registry.example.com:80", "169.254.169.254:80", "got '169.254.169.254:80', which is this machine's"),
        ("registry.example.com:80", "[fe80::1]:80", "got '[fe80::1]:80', which is this machine's"),
        ("registry.example.com:80", "127.0.0.1:9001", "got '127.0.0.1:9001', which is this machine's"),
        ("registry.example.com:80", "localhost:9001", "got 'localhost:9001', which is this machine's"),
    ],
)
def test_connection__is_led_neither_away_from_aws_nor_to_this_machine(
    source: str, destination: str, expected: str
) -> None:
    """The session of a role would be asked of a stranger; the runtime of Lambda answers whoever asks it."""
    text = f"{SMALL}connect_to:\n  '{source}': '{destination}'\n"
    assert refusal(text, source).startswith(f"connect_to.{source}: {expected}")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("https://auth.example.com/health", "http://127.0.0.1:9001/next", "endpoints.0.url"),
        ("api_url: https://registry.example.com/", "api_url: http://localhost:80/", "mlflow.api_url"),
        ("direct_url: https://registry.example.com/", "direct_url: https://169.254.1.1/", "mlflow.direct_url"),
        ("proxied, url: https://registry.example.com/", "proxied, url: https://127.1/", "mlflow.routes.0.url"),
        ("check: {url: http://registry.example.com/", "check: {url: http://0.0.0.0/", "mlflow.host_check.url"),
        ("hosts: [registry.example.com]", "hosts: ['me@127.0.0.1']", "load_balancers.0.hosts.0"),
    ],
)  # fmt: skip
def test_host_of_the_functions_own__is_refused_wherever_it_stands(old: str, new: str, key: str) -> None:
    """The runtime of Lambda answers there, to whoever asks."""
    problem = refusal(SMALL.replace(old, new), new)
    assert problem.startswith(f"{key}: got ") and "is this machine's or its link's own" in problem


def test_all_that_is_wrong__is_told_at_once() -> None:
    """In the order of the lines."""
    text = SMALL.replace("secret: registry-monitor/small", OF_OTHERS).replace("auth.example.com", "auth.localhost")
    assert [problem.split(": ")[1] for problem in told(f"{text}terraform_map: a\n")] == [
        "keys.secret",
        "endpoints.0.url",
        "terraform_map",
    ]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.9.9.9", "127.1", "0x7f000001", "2130706433", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"),
        *("169.254.169.254", "fe80::1", "febf::1", "localhost", "LOCALHOST.", "a.localhost"),
    ],
)
def test_address_of_its_own__is_known_however_it_is_written(host: str) -> None:
    """As the C library takes it."""
    assert is_own(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "169.253.1.1", "fec0::1", "localhost.example.com", "api.internal", ""])
def test_other_host__is_none(host: str) -> None:
    """Addresses of the platform's network are what is asked."""
    assert not is_own(host)


@pytest.mark.parametrize("host", ["①27.0.0.1", "127。0。0。1", "[::1"])
def test_host_of_which_clients_make_another__is_refused(host: str) -> None:
    """What is judged must be what is asked."""
    problem = refusal(SMALL.replace("hosts: [registry.example.com]", f"hosts: ['{host}']"), "hosts:")
    assert "expected a host in ASCII" in problem


def test_every_field_that_names_a_host__is_judged() -> None:
    """A new one of the schema belongs into the list."""
    assert sorted(_hosts_of(Target)) == sorted(HOSTS)


def _hosts_of(model: type[BaseModel], place: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        is_many = "tuple" in str(field.annotation)
        here = f"{place}{name}{'.*' if is_many else ''}"
        if name == "url" or name.endswith("_url") or name in ("public_host", "hosts"):
            yield here
        for part in _models_in(field.annotation):
            yield from _hosts_of(part, f"{here}.")


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for each in typing.get_args(annotation) for found in _models_in(each)]
