"""The sections of a target file that say how the platform takes keys."""

from typing import Literal

from pydantic import Field, JsonValue

from registry_monitor.target.fields import EncryptedUrl, Expectation, Identifier, Name, Section


class Keys(Section):
    """API keys by name. Their values stand in one JSON secret in Secrets Manager, never in this file."""

    secret: Name
    names: tuple[Identifier, ...] = Field(min_length=1)
    monitor: Identifier


class KeyHeader(Section):
    """A way to send a key: the header, and what stands before the key in it."""

    id: Identifier
    header: str = Field("Authorization", pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""
    expect: Literal["accepted", "missing", "invalid"] = "accepted"


class ProtectedPlace(Section):
    """A URL that takes keys. ``takes``: ids of the key headers that it accepts."""

    id: Identifier
    service: Identifier
    url: EncryptedUrl
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

    ``bad_key_prefix``: deliberate bad keys begin with it, so that a security team can filter them.
    ``rate_limit_probe_requests``: null (the default) sends no requests to find a rate limit.
    """

    service: Identifier
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
