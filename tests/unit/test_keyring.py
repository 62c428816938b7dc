"""The keys of one run: fetched when needed, read again after refusals, and never spent by deliberate ones."""

import threading
from collections.abc import Mapping

import pytest

from registry_monitor import keyring
from registry_monitor.keyring import Keyring
from registry_monitor.model import CannotTellError, NotAskedError
from registry_monitor.redaction import Redactor


class Secret:
    """A secret that can be rotated; counts how often it was read past the cache."""

    def __init__(self) -> None:
        self.values = {"admin": "fake-old-key", "revoked": "fake-revoked-key"}
        self.forced = 0

    def fetch(self, force: bool) -> dict[str, str]:
        self.forced += force
        return self.values


@pytest.fixture
def secret() -> Secret:
    return Secret()


def test_rotation__after_a_deliberate_refusal_is_still_seen(secret: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full run has a revoked key refused on purpose: that must not spend the reading that a rotation needs."""
    monkeypatch.setattr(keyring, "_REREAD_AFTER_S", 0.0)
    keys = Keyring(secret.fetch, Redactor())
    assert keys.value("admin") == "fake-old-key"
    assert not keys.is_rotated("revoked", "fake-revoked-key")
    secret.values = secret.values | {"admin": "fake-new-key"}
    assert keys.is_rotated("admin", "fake-old-key")
    assert keys.value("admin") == "fake-new-key"


def test_refusals_in_a_row__cost_few_readings(secret: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that refuses everything does not make the monitor ask Secrets Manager each time."""
    keys = Keyring(secret.fetch, Redactor())
    keys.value("admin")
    for _ in range(50):
        keys.is_rotated("admin", "fake-old-key")
    assert secret.forced == 1
    monkeypatch.setattr(keyring, "_REREAD_AFTER_S", 0.0)
    for _ in range(50):
        keys.is_rotated("admin", "fake-old-key")
    assert secret.forced == keyring._REREADS


def test_key_that_was_read_meanwhile__needs_no_further_reading(secret: Secret) -> None:
    """Of several checks that are refused side by side, one reads and all use it."""
    keys = Keyring(secret.fetch, Redactor())
    keys.value("admin")
    secret.values = {"admin": "fake-new-key"}
    assert [keys.is_rotated("admin", "fake-old-key") for _ in range(3)] == [True, True, True]
    assert secret.forced == 1


def test_run_with_one_key_by_hand__does_not_ask_what_needs_another(secret: Secret) -> None:
    """What cannot be asked with the key that was given is skipped; an unknown name is told."""
    keys = Keyring(secret.fetch, Redactor(), only="admin")
    assert keys.value("admin") == "fake-old-key"
    with pytest.raises(NotAskedError, match="needs the key 'revoked', and this run was given the key 'admin' alone"):
        keys.value("revoked")
    with pytest.raises(CannotTellError, match="the key 'reader' of the target is not among those that were read"):
        Keyring(secret.fetch, Redactor()).value("reader")


def test_fingerprints__of_a_secret_that_hangs_are_none_at_once() -> None:
    """A run that has ended waits for no answer of AWS that a check was given up for."""
    asked, answered = threading.Event(), threading.Event()

    def fetch(force: bool) -> Mapping[str, str]:
        asked.set()
        answered.wait(10)
        return {"admin": "fake-admin-key"}

    keys = Keyring(fetch, Redactor())
    check = threading.Thread(target=keys.value, args=("admin",))
    check.start()
    assert asked.wait(10)
    assert (keys.fingerprints(), check.is_alive()) == ({}, True)
    answered.set()
    check.join(10)
    assert list(keys.fingerprints()) == ["admin"]
