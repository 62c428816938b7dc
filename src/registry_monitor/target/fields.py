"""The kinds of values that stand in a target file, and what a right answer looks like."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, field_validator


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an absolute URL such as https://host/path")
    if parts.username or parts.password:
        raise ValueError("expected a URL without credentials; a key comes from the secret")
    try:
        is_port_right = parts.port != 0
    except ValueError:  # raised by urllib where the port is no number, or too large
        is_port_right = False
    if not is_port_right:
        raise ValueError("expected a port between 1 and 65535 after the host")
    return text


def _base_url(text: str) -> str:
    if text.endswith("/"):
        raise ValueError("expected a URL without a slash at its end: paths are added to it")
    return _http_url(text)


def _encrypted_url(text: str) -> str:
    parts = urlsplit(_http_url(text))
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("expected https://: a key is sent there, and everybody on the way could read it")
    return text


def _map_place(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if mark and not (scheme == "s3" and bucket and key):
        raise ValueError("expected s3://bucket/key or the path of a file")
    return text


def _role_arn(text: str) -> str:
    if re.fullmatch(r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}", text) is None:
        raise ValueError("expected the ARN of a role, such as arn:aws:iam::123456789012:role/registry-monitor-reads")
    return text


def _external_id(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_+=,.@:/-]{2,1224}", text) is None:
        raise ValueError("expected 2 to 1224 letters, digits and _+=,.@:/- (STS API reference, AssumeRole)")
    return text


HttpUrl = Annotated[str, AfterValidator(_http_url)]
EncryptedUrl = Annotated[str, AfterValidator(_encrypted_url)]  # of a place to which keys are sent
BaseUrl = Annotated[str, AfterValidator(_base_url), AfterValidator(_encrypted_url)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}$")]
RoleArn = Annotated[str, AfterValidator(_role_arn)]
ExternalId = Annotated[str, AfterValidator(_external_id)]
IDENTIFIER = r"^[a-z0-9][a-z0-9-]{0,62}$"
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Port = Annotated[int, Field(ge=1, le=65535)]
Percent = Annotated[float, Field(ge=0, le=100)]
MapPlace = Annotated[str, Field(min_length=1), AfterValidator(_map_place)]
_INDEX = r'(\[(\d+|"([^"\\]|\\.)*")\])?'
TERRAFORM_ADDRESS = rf"^(module\.[\w-]+{_INDEX}\.)*[a-z0-9_]+\.[\w-]+{_INDEX}$"  # module.api["blue"].aws_lb.this[0]
TerraformAddress = Annotated[str, Field(pattern=TERRAFORM_ADDRESS)]


class Section(BaseModel):
    """A part of a target file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Expectation(Section):
    """What a right answer looks like.

    ``json``: keys and values that must be in the body; ``{}``: any object. ``body_schema``: a JSON Schema (2020-12) of
    the whole body. ``text``: a part of the body's text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    status: int = Field(200, ge=100, le=599)
    json_body: dict[str, JsonValue] | None = Field(None, alias="json")
    body_schema: dict[str, JsonValue] | None = None
    text: str | None = None

    @field_validator("body_schema")
    @classmethod
    def _is_a_schema(cls, value: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
        if value is None:
            return None
        from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - 7 % of all imports; not all need it

        try:
            Draft202012Validator.check_schema(value)
        except SchemaError as error:
            raise ValueError(f"expected a JSON Schema: {error.message}") from error
        except RecursionError:
            raise ValueError("expected a JSON Schema that is not nested as deeply") from None
        return value
