"""Keys are read from one JSON secret; whatever is wrong with it is told without any part of its value."""

import json
from collections import Counter
from functools import partial

import pytest

from registry_monitor.inventory.aws import aws_client
from registry_monitor.inventory.secrets import read_keys
from registry_monitor.keyring import KeysError
from tests.unit.inventory.conftest import Account, Answer, json_error, target_of

KEYS = {"admin": "fake-admin-key", "reader": "fake-reader-key"}


def store(account: Account, secret: str, value: str | bytes) -> None:
    """Create the secret, or give it a new value."""
    client = account.client("secretsmanager")
    given = {"SecretBinary": value} if isinstance(value, bytes) else {"SecretString": value}
    try:
        client.create_secret(Name=secret, **given)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=secret, **given)


def problem(secret: str) -> str:
    """The sentence with which the secret is refused."""
    with pytest.raises(KeysError) as caught:
        read_keys(target_of("auth", keys_in=secret))
    return str(caught.value)


@pytest.mark.parametrize("encode", [str, str.encode], ids=["text", "binary"])
def test_keys__of_a_good_secret(account: Account, encode: type[str]) -> None:
    """The target's keys are given by name; others that stand in the secret are not taken."""
    store(account, "good", encode(json.dumps({**KEYS, "other": "fake-other-key"})))
    assert read_keys(target_of("auth", keys_in="good"), force_fetch=True) == KEYS


def test_keys__of_a_secret_without_some(account: Account) -> None:
    """A key that the target names and the secret does not have is left out: only the monitor's own must be there."""
    store(account, "some", json.dumps({"admin": KEYS["admin"]}))
    assert read_keys(target_of("auth", keys_in="some")) == {"admin": KEYS["admin"]}


def test_keys__rotated(account: Account, calls_made: Counter[str]) -> None:
    """A read within five minutes asks nothing; a forced one sees the new value, and so do those after it."""
    target = target_of("auth", keys_in="rotated")
    store(account, "rotated", json.dumps(KEYS))
    read_keys(target)
    rotated = {**KEYS, "admin": "fake-new-admin-key"}
    store(account, "rotated", json.dumps(rotated))
    assert read_keys(target) == KEYS
    assert read_keys(target, force_fetch=True) == rotated
    assert read_keys(target) == rotated
    assert calls_made == {"secretsmanager:GetSecretValue": 2}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("fake-admin-key", "secret 'bad' is not JSON; expected a JSON object such as"),
        ("[" * 100_000, "secret 'bad' is not JSON"),
        (b"\xff\xfe fake-admin-key", "secret 'bad' is not JSON"),
        ('["fake-admin-key"]', "secret 'bad' is a JSON list; expected a JSON object"),
        ("null", "secret 'bad' is a JSON NoneType"),
        ('{"reader": "fake-reader-key"}', "it has no key named 'admin'"),
        ("{}", "it has no key named 'admin'; expected"),
        ('{"admin": "", "reader": " "}', "its key 'admin' is empty; its key 'reader' is empty"),
        ('{"admin": ["fake-admin-key"], "reader": "r"}', "its key 'admin' is a JSON list, not a string"),
        ('{"admin": "fake-admin-key\\n", "reader": "r"}', "its key 'admin' has white space around it"),
        ('{"admin": "fake\\u0000-admin-key", "reader": "r"}', "characters that no HTTP header takes"),
        ('{"admin": "fäke-admin-key", "reader": "r"}', "characters that no HTTP header takes"),
    ],
)
def test_keys__of_a_bad_secret(account: Account, value: str | bytes, told: str) -> None:
    """Each way in which a secret can be wrong is named, with the secret and the shape expected, never the value."""
    store(account, "bad", value)
    sentence = problem("bad")
    assert told in sentence
    assert sentence.endswith('expected a JSON object such as {"admin": "<key>"}')
    assert "admin-key" not in sentence


def test_keys__of_a_secret_that_was_mended(account: Account) -> None:
    """A value that cannot be used is not kept: the next run sees the mended one."""
    store(account, "mended", "{}")
    assert "it has no key named 'admin'" in problem("mended")
    store(account, "mended", json.dumps(KEYS))
    assert read_keys(target_of("auth", keys_in="mended")) == KEYS


def test_keys__of_no_secret(account: Account) -> None:
    """A secret that does not exist is to be created, in the region that was asked."""
    assert problem("nothing") == (
        "the keys could not be read from secret 'nothing': there is none of this name in eu-west-3 "
        "(secretsmanager:GetSecretValue: ResourceNotFoundException); create it"
    )


@pytest.mark.parametrize(
    ("message", "remedy"),
    [("", "add secretsmanager:GetSecretValue to its policy"), ("Access to KMS is not allowed", "add kms:Decrypt")],
)
def test_keys__denied(account: Account, answer_instead: Answer, message: str, remedy: str) -> None:
    """A denial names the permission to add: that of the secret, or that of the key which encrypts it."""
    answer_instead("secretsmanager", "GetSecretValue", 400, json_error("AccessDeniedException", message))
    sentence = problem("any")
    assert "secretsmanager:GetSecretValue was denied to the monitor's role (AccessDeniedException)" in sentence
    assert remedy in sentence


def test_keys__endpoint_never_answers(silent_endpoint: str) -> None:
    """A silent endpoint is told when the client's own time-outs are over."""
    with pytest.raises(KeysError, match=f"was not answered in time by {silent_endpoint}"):
        read_keys(target_of("auth"), client_of=partial(aws_client, read_timeout_s=0.05))


def test_keys__endpoint_refuses(closed_endpoint: str) -> None:
    """An endpoint without a route to it is named."""
    assert f"could not be reached at {closed_endpoint}" in problem("any")


def test_keys__wrong_settings(environment: pytest.MonkeyPatch) -> None:
    """Settings with which no client can be made are an error for people too."""
    environment.setenv("AWS_ENDPOINT_URL", "nowhere")
    assert "Invalid endpoint: nowhere; correct AWS_ENDPOINT_URL" in problem("any")
