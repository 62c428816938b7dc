"""The API keys, from one JSON secret in Secrets Manager, cached for five minutes by Powertools Parameters."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.parameters import GetParameterError, SecretsProvider
from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.inventory.aws import ClientOf
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.platform_account import clients_of
from registry_monitor.keyring import KeysError
from registry_monitor.target import Target

CACHED_FOR_S = 300
_CALL = "secretsmanager:GetSecretValue"


def read_keys(target: Target, *, force_fetch: bool = False, client_of: ClientOf | None = None) -> dict[str, str]:
    """Keys by name; those that the secret does not have are left out, but the monitor's own must be there.

    ``force_fetch`` asks past the cache, after a 401. Raises KeysError that names the secret and the remedy, and never
    any part of its value.
    """
    secret = target.keys.secret
    try:
        provider = _provider((client_of or clients_of(target))("secretsmanager", target.region))
        text = provider.get(secret, max_age=CACHED_FOR_S, force_fetch=force_fetch)
    except (GetParameterError, BotoCoreError, ValueError) as error:
        raise KeysError(f"the keys could not be read from secret '{secret}': {_explain(error, target)}") from None
    try:
        return _parse(text, target)
    except KeysError:
        provider.clear_cache()  # type: ignore[no-untyped-call]  # or the next runs would not see the mended secret
        raise


@lru_cache(maxsize=4)
def _provider(client: Any) -> SecretsProvider:
    """One provider, which is one cache, for each client."""
    return SecretsProvider(boto3_client=client)


def _explain(error: Exception, target: Target) -> str:
    cause = error.__context__ if isinstance(error, GetParameterError) else error  # Powertools keeps only the text
    if isinstance(cause, ClientError) and cause.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
        return f"there is none of this name in {target.region} ({_CALL}: ResourceNotFoundException); create it"
    return explain(_CALL, cause if isinstance(cause, Exception) else error)


def _parse(text: Any, target: Target) -> dict[str, str]:
    secret, names = target.keys.secret, target.keys.names
    shape = f'expected a JSON object such as {{"{target.keys.monitor}": "<key>"}}'
    try:
        values = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise KeysError(f"secret '{secret}' is not JSON; {shape}") from None
    if not isinstance(values, dict):
        raise KeysError(f"secret '{secret}' is a JSON {type(values).__name__}; {shape}")
    there = [name for name in names if name in values or name == target.keys.monitor]
    wrong = "; ".join(_wrong_values(values, there))
    if wrong:
        raise KeysError(f"secret '{secret}' cannot be used: {wrong}; {shape}")
    return {name: values[name] for name in there}


def _wrong_values(values: Mapping[str, object], names: Iterable[str]) -> Iterator[str]:
    """What keeps a key from being sent in a header, in words that tell nothing of its value."""
    for name in names:
        value = values.get(name)
        if name not in values:
            yield f"it has no key named '{name}'"
        elif not isinstance(value, str):
            yield f"its key '{name}' is a JSON {type(value).__name__}, not a string"
        elif not value.strip():
            yield f"its key '{name}' is empty"
        elif value != value.strip() or not (value.isascii() and value.isprintable()):
            yield f"its key '{name}' has white space around it or characters that no HTTP header takes"
