"""The API keys that the platform knows: the monitor's, one for each way to judge a key, and the API's own token."""

import secrets as random_tokens
from collections.abc import Mapping

from tests.sandbox.services.auth import KeyRecord, KeyTable

# The names are those of the monitor's secret. A member and the holder of an unpaid key may read and write models.
HOLDERS = {
    "admin": KeyRecord(user_id="fake-user-admin", key_id="fake-key-admin", is_admin=True, scopes=("admin",)),
    "second": KeyRecord(user_id="fake-user-second", key_id="fake-key-second", is_admin=True, scopes=("admin",)),
    "member": KeyRecord(user_id="fake-user-member", key_id="fake-key-member"),
    "reader": KeyRecord(user_id="fake-user-reader", key_id="fake-key-reader", scopes=("model:read",)),
    "revoked": KeyRecord(user_id="fake-user-revoked", key_id="fake-key-revoked", is_admin=True, is_revoked=True),
    "other-service": KeyRecord(user_id="fake-user-website", key_id="fake-key-website", service_id="website"),
    "unpaid": KeyRecord(user_id="fake-user-unpaid", key_id="fake-key-unpaid", has_balance=False),
}
_TRACKING = KeyRecord(user_id="fake-user-api", key_id="fake-key-api-tracking", is_admin=True, scopes=("mlflow:admin",))


def random_key(name: str) -> str:
    """Return a key that nothing can know beforehand, and that shows whose it is and that it is fake."""
    return f"hk_fake_{name}_{random_tokens.token_hex(12)}"


def records(monitor_keys: Mapping[str, str], tracking_token: str) -> KeyTable:
    """Return what the auth service knows: API key -> record; of keys that are not its own, nothing."""
    known = {key: HOLDERS[name] for name, key in monitor_keys.items() if name in HOLDERS}
    return KeyTable(known | {tracking_token: _TRACKING})
