"""The sections of a target file that say how the platform takes keys."""

import base64
from typing import Literal

from pydantic import Field, JsonValue, model_validator

from registry_monitor.target.fields import EncryptedUrl, Expectation, Identifier, Name, Section


class KeyForm(Section):
    """How a key is sent: the header, what stands before the key in it, and how the key itself is written there.

    ``encoding``: base64 for HTTP Basic, whose key in the secret is ``user:password`` (RFC 7617); plain as it stands.
    """

    header: str = Field("Authorization", pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""
    encoding: Literal["plain", "base64"] = "plain"

    def carrying(self, value: str) -> dict[str, str]:
        """The header with a key in it."""
        sent = base64.b64encode(value.encode()).decode() if self.encoding == "base64" else value
        return {self.header: f"{self.prefix}{sent}"}

    @property
    def is_basic(self) -> bool:
        """Whether it is HTTP Basic: a user and a password."""
        return self.header.lower() == "authorization" and self.prefix.strip().lower() == "basic"


BEARER = KeyForm(prefix="Bearer ")  # RFC 6750; what the MLflow client makes of MLFLOW_TRACKING_TOKEN


class Keys(Section):
    """API keys by name. Their values stand in one JSON secret in Secrets Manager, never in this file.

    ``sent_as``: how they are sent, all but those in ``sent_otherwise``.
    """

    secret: Name
    names: tuple[Identifier, ...] = Field(min_length=1)
    monitor: Identifier
    sent_as: KeyForm = BEARER
    sent_otherwise: dict[Identifier, KeyForm] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _knows_those_sent_otherwise(self) -> "Keys":
        unknown = [name for name in self.sent_otherwise if name not in self.names]
        if unknown:
            raise ValueError(f"expected keys of keys.names in sent_otherwise; got {', '.join(unknown)}")
        return self

    def form_of(self, name: str) -> KeyForm:
        """How the key of this name is sent."""
        return self.sent_otherwise.get(name, self.sent_as)


class KeyHeader(KeyForm):
    """A way to send a key that is tried, and what becomes of it."""

    id: Identifier
    expect: Literal["accepted", "missing", "invalid"] = "accepted"


class ProtectedPlace(Section):
    """A URL that takes keys. ``takes``: ids of the key headers that it accepts; ``key``: null for the monitor's own."""

    id: Identifier
    service: Identifier
    url: EncryptedUrl
    key: Identifier | None = None
    takes: tuple[Identifier, ...] = Field(min_length=1)
    accepted: Expectation = Expectation()
    missing: Expectation | None = None  # null: as in ``authentication.missing``
    invalid: Expectation | None = None


class KeyState(Section):
    """What a key of a certain state is answered, at the first protected place."""

    key: Identifier
    state: str = Field(min_length=1)  # a clause for people: "revoked", "valid, not an administrator's"
    expect: Expectation


class Validation(Section):
    """The auth service's own endpoint that says whom a key belongs to. A POST without effects."""

    url: EncryptedUrl
    body: dict[str, JsonValue]
    accepted: Expectation = Expectation()


class Authentication(Section):
    """How the platform takes keys. ``missing`` and ``invalid``: the exact refusals.

    ``service``: the role of the service that the others ask about keys; null where each judges them itself.
    ``bad_key_prefix``: deliberate bad keys begin with it, so that a security team can filter them.
    ``rate_limit_probe_requests``: null (the default) sends no requests to find a rate limit.
    """

    service: Identifier | None = None
    missing: Expectation
    invalid: Expectation
    bad_key_prefix: str = Field("registry-monitor-bad-", min_length=8, pattern=r"^[A-Za-z0-9_-]+$")
    headers: tuple[KeyHeader, ...] = Field(min_length=1)
    places: tuple[ProtectedPlace, ...] = Field(min_length=1)
    first_header_wins: tuple[Identifier, Identifier] | None = None  # when both are sent: winner, loser
    keys: tuple[KeyState, ...] = ()
    consistent_keys: tuple[Identifier, ...] = ()
    validation: Validation | None = None
    rate_limit_probe_requests: int | None = Field(None, ge=2, le=1000)
    budget_ms: int = Field(1000, gt=0)
