"""Of what a container is set up with, only what cannot be a secret is kept."""

import base64
import random
import string
import time
import uuid
from collections.abc import Callable

import pytest

from registry_monitor.inventory.parsing import secrecy

SAMPLES = 400  # of each shape, always the same ones
LOWER_HEX, ALPHANUMERIC = "0123456789abcdef", string.ascii_letters + string.digits


def text_of(letters: str, *lengths: int) -> Callable[[random.Random], str]:
    return lambda chance: "".join(chance.choices(letters, k=chance.choice(lengths)))


def encoded(chance: random.Random) -> str:
    return base64.b64encode(chance.randbytes(chance.randint(24, 64))).decode()


def jwt(chance: random.Random) -> str:
    parts = (base64.urlsafe_b64encode(chance.randbytes(chance.randint(18, 60))).decode().rstrip("=") for _ in range(3))
    return f"ey{'.'.join(parts)}"


SHAPES: dict[str, Callable[[random.Random], str]] = {
    "hexadecimal": text_of(LOWER_HEX, 32, 40, 64),
    "alphanumeric": text_of(ALPHANUMERIC, 24, 32, 48),
    "lower case": text_of(string.ascii_lowercase, 32, 48),
    "prefixed": lambda chance: f"hk_live_{text_of(ALPHANUMERIC, 32)(chance)}",
    "AWS access key": lambda chance: f"AKIA{text_of(string.ascii_uppercase + string.digits, 16)(chance)}",
    "AWS secret key": text_of(ALPHANUMERIC + "+/", 40),
    "base64": encoded,
    "JWT": jwt,
    "UUID": lambda chance: str(uuid.UUID(bytes=chance.randbytes(16))),
    "dotted": lambda chance: f"{text_of(LOWER_HEX, 32)(chance)}.{text_of(LOWER_HEX, 32)(chance)}",
}
PASSWORD_OF_ANY_SIGN = text_of(string.ascii_letters + string.digits + string.punctuation, 12, 16, 24)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", ["{}", "{},{}", "https://registry.test/{}", "https://{}.registry.test", "x, {}"])
def test_variable__any_key(shape: str, form: str) -> None:
    """No key is kept under a harmless name, whatever its shape, alone, in a list, in a path or in a host."""
    chance = random.Random(shape)
    for _ in range(SAMPLES):
        key = SHAPES[shape](chance)
        kept = secrecy.variable("api", "NOTE", form.format(key, key)).value
        assert kept is None or key.split("#")[0].split("?")[0].lower() not in kept.lower()
        assert kept is None or key[:12].lower() not in kept.lower()


@pytest.mark.parametrize("scheme", ["https", "http", "redis", "rediss", "postgresql", "mysql", "ftp"])
def test_variable__any_url_with_a_password(scheme: str) -> None:
    """Whatever signs a password in a URL has, it is not kept, nor a part of it."""
    chance = random.Random(scheme)
    for _ in range(SAMPLES):
        password = PASSWORD_OF_ANY_SIGN(chance)
        for url in (
            f"{scheme}://monitor:{password}@registry.test/models",
            f"{scheme}://:{password}@registry.test:6379/0",
            f"{scheme}://registry.test/?password={password}",
        ):
            kept = secrecy.variable("api", "URL", url).value
            assert kept in (None, *(f"{scheme}://registry.test{rest}" for rest in ("/models", ":6379/0", "/")))


def test_variable__any_password() -> None:
    """A password of any signs is not kept, whatever its variable is called."""
    chance = random.Random(7)
    for _ in range(5 * SAMPLES):
        assert secrecy.variable("api", "NOTE", PASSWORD_OF_ANY_SIGN(chance)).value is None


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("option", ["--password={}", "--api-key {}", "DB_TOKEN={} ./start", "--any {}", "'{}'", "a {}"])
def test_command__any_key(shape: str, option: str) -> None:
    """No key is kept in a command, whether its option speaks of one or not."""
    chance = random.Random(shape)
    for _ in range(SAMPLES):
        key = SHAPES[shape](chance)
        for command in ([option.format(key)], option.format(key).split()):
            assert key not in " ".join(secrecy.command(command))


def test_command__any_url_with_a_password() -> None:
    """Of a URL with a user its scheme and its end are left, whatever signs the password has."""
    chance = random.Random(11)
    for _ in range(SAMPLES):
        url = f"postgresql://mlflow:{PASSWORD_OF_ANY_SIGN(chance)}@db.test:5432/mlflow"
        assert secrecy.command(["--store", url]) == ("--store", "postgresql://[redacted]@db.test:5432/mlflow")


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (["--password", "hunter2"], ["--password", "[redacted]"]),
        (["--token", "--verbose"], ["--token", "--verbose"]),
        (["sh", "-c", "X_SECRET='a b' run"], ["sh", "-c", "X_SECRET=[redacted] run"]),
        (["redis://:p@w/d@cache.test:6379/0"], ["redis://[redacted]@cache.test:6379/0"]),
        (
            ["mlflow", "server", "--default-artifact-root", "s3://hokusai-mlflow-artifacts-development/mlflow"],
            ["mlflow", "server", "--default-artifact-root", "s3://hokusai-mlflow-artifacts-development/mlflow"],
        ),
        (["uvicorn", "app.main:app", "--host", "0.0.0.0"], ["uvicorn", "app.main:app", "--host", "0.0.0.0"]),
    ],
)
def test_command__is_readable(command: list[str], kept: list[str]) -> None:
    """What is no secret stays as it is."""
    assert list(secrecy.command(command)) == kept


@pytest.mark.parametrize(
    "value",
    [
        *("true", "False", "0", "8001", "0.5", "-1", "info", "localhost", "localhost:8000", "*", "10.0.0.7:5000"),
        *("auth.hokusai-development.local:8000", "mlflow.c9akciq32rgt.us-east-1.rds.amazonaws.com"),
        *("mlflow.test:*,localhost", "X-API-Key,Authorization", "http://mlflow:5000", "https://auth.hokus.ai/api/v1"),
        *("rediss://master.hokusai-redis.abc123.use1.cache.amazonaws.com:6379/0", "s3://artifacts-development/mlflow"),
    ],
)
def test_variable__harmless(value: str) -> None:
    """Switches, numbers, words, hosts, lists of hosts or headers, and URLs are told as they are."""
    assert secrecy.variable("api", "AUTH_SERVICE_URL", value).value == value


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "apiKey", "JWT_SECRET", "HF_TOKEN", "AWS_CREDENTIALS", "PGPASSWORD", "DB_PW", "SENTRY_DSN"]
)
def test_variable__whose_name_speaks_of_a_secret(name: str) -> None:
    """Its value is not kept, however harmless it looks."""
    assert secrecy.variable("api", name, "true").value is None


def test_variable__fingerprint() -> None:
    """It is the same for the same variable alone: nobody can see that two variables share a value."""
    told = secrecy.variable("api", "DB_PASSWORD", "fake").fingerprint
    assert told == secrecy.variable("api", "DB_PASSWORD", "fake").fingerprint
    others = [("api", "DB_PASSWORD", "other"), ("api", "OTHER", "fake"), ("auth", "DB_PASSWORD", "fake")]
    assert told not in [secrecy.variable(*other).fingerprint for other in others]
    assert len(told) == 8


@pytest.mark.parametrize(
    "line",
    [
        "KeyError: 'AUTH_SERVICE_URL'",
        'FATAL: password authentication failed for user "mlflow"',
        "INFO: Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        "redis.exceptions.ConnectionError: Error 111 connecting to cache.test:6379. Connection refused.",
        "Detected out-of-date database schema (found version 97727af70f4d, but expected version acf3f17fdcc7).",
    ],
)
def test_redact__lines_that_decide_a_diagnosis(line: str) -> None:
    """What a log says of a fault stays whole."""
    assert secrecy.redact(line) == line


@pytest.mark.parametrize("word", ["a", "://", "key-", "token"])
def test_redact__endless_word(word: str) -> None:
    """A megabyte without a space, as a service may log it, takes no longer than other lines."""
    began = time.monotonic()
    secrecy.redact(word * (1_000_000 // len(word)))
    assert time.monotonic() - began < 2
