"""The API keys, from one JSON secret in Secrets Manager, cached for five minutes by Powertools Parameters."""

import json
from typing import Any

from aws_lambda_powertools.utilities.parameters import GetParameterError, SecretsProvider

from registry_monitor.inventory.aws import aws_client, explain
from registry_monitor.keyring import KeysError
from registry_monitor.target import Target

CACHED_FOR_S = 300
_CALL = "secretsmanager:GetSecretValue"
_providers: dict[str, SecretsProvider] = {}


def read_keys(target: Target, *, force_fetch: bool = False) -> dict[str, str]:
    """Keys by name. ``force_fetch`` asks past the cache, after a 401.

    Raises KeysError that names the secret and the remedy, and never any part of its value.
    """
    secret = target.keys.secret
    if target.region not in _providers:
        _providers[target.region] = SecretsProvider(boto3_client=aws_client("secretsmanager", target.region))
    try:
        text = _providers[target.region].get(secret, max_age=CACHED_FOR_S, force_fetch=force_fetch)
    except GetParameterError as error:
        cause = error.__cause__ or error.__context__ or error
        reason = explain(_CALL, cause if isinstance(cause, Exception) else error)
        raise KeysError(f"the keys could not be read from secret '{secret}': {reason}") from None
    return _parse(text, target)


def _parse(text: Any, target: Target) -> dict[str, str]:
    secret, names = target.keys.secret, target.keys.names
    shape = f'expected a JSON object such as {{"{names[0]}": "<key>"}}'
    try:
        values = json.loads(text)
    except (TypeError, ValueError):
        raise KeysError(f"secret '{secret}' is not JSON; {shape}") from None
    if not isinstance(values, dict):
        raise KeysError(f"secret '{secret}' is a JSON {type(values).__name__}; {shape}")
    wrong = [name for name in names if not isinstance(values.get(name), str) or not values[name].strip()]
    if wrong:
        raise KeysError(f"secret '{secret}' has no key named {', '.join(wrong)} (or it is empty); {shape}")
    return {name: values[name] for name in names}
