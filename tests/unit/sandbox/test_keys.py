"""The platform knows one key for each way in which a key can be judged, and the monitor's secret holds them all."""

import json

import pytest

from tests.sandbox.credentials import Secrets
from tests.sandbox.keys import HOLDERS
from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.visitor import REGISTRY, SEARCH, get


def test_secret__holds_every_key_by_its_name(sandbox: Sandbox) -> None:
    """The keys of the monitor's secret are known to the auth service, each as a user of its own."""
    name = f"registry-monitor/{sandbox.platform.target}"
    secret = json.loads(sandbox.world.secretsmanager.get_secret_value(SecretId=name)["SecretString"])
    assert {name: sandbox.keys[key] for name, key in secret.items()} == HOLDERS
    assert all(key.startswith(f"hk_fake_{name}_") for name, key in secret.items())
    assert len({record.user_id for record in sandbox.keys.values()}) == len(HOLDERS) + 1  # and the API's own


def test_secrets__of_two_sandboxes() -> None:
    """No two sandboxes share a key."""
    assert not set(Secrets().monitor_keys.values()) & set(Secrets().monitor_keys.values())


@pytest.mark.parametrize(
    ("name", "registry", "models"),
    [
        ("admin", 200, 200),
        ("second", 200, 200),
        ("member", 403, 200),
        ("reader", 403, 200),
        ("revoked", 401, 401),
        ("other-service", 401, 401),
        ("unpaid", 403, 402),
    ],
)
def test_key__judged_by_the_platform(sandbox: Sandbox, name: str, registry: int, models: int) -> None:
    """Admins alone may use the registry, payers alone what has a price, and who is not valid may do nothing."""
    key = sandbox.world.secrets.monitor_keys[name]
    assert (get(sandbox, REGISTRY + SEARCH, key).status, get(sandbox, f"{REGISTRY}/models/", key).status) == (
        registry,
        models,
    )
