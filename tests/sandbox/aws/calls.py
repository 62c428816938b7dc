"""Calls of AWS as they come over the wire: who signed them, which operation they are, and what they name."""

import io
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel

type Environ = dict[str, Any]

MONITOR_CREDENTIALS = {
    "aws_access_key_id": "fake-monitor-access-key-id",
    "aws_secret_access_key": "fake-monitor-secret-access-key",
}
_SIGNED = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_BOTO3_NAMES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}  # elsewhere the signing name


@dataclass(frozen=True)
class Call:
    """One request. ``service``: the name that it is signed for; ``parameters``: by their names on the wire."""

    service: str
    region: str
    operation: str
    parameters: dict[str, Any]

    @property
    def protocol(self) -> str:
        """How the service speaks: ``json``, ``query``, ``ec2`` or ``rest-xml``."""
        return str(_by_signing_name(self.service).resolved_protocol)

    @property
    def model(self) -> OperationModel:
        """What botocore knows of the operation."""
        return _by_signing_name(self.service).operation_model(self.operation)


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service, by boto3's name for it."""
    return botocore.session.get_session().get_service_model(service)


def boto3_name(signing_name: str) -> str:
    """boto3's name for a service, by the name that its calls are signed for."""
    return _BOTO3_NAMES.get(signing_name, signing_name)


@cache
def _by_signing_name(signing_name: str) -> ServiceModel:
    return service_model(boto3_name(signing_name))


def call_of_monitor(environ: Environ) -> Call | None:
    """The call that a request of the monitor's is; of anybody else's, None. Its body can be read again."""
    signed = _SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
    if signed is None or signed[1] != MONITOR_CREDENTIALS["aws_access_key_id"]:
        return None
    region, service = signed[2], signed[3]
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Call(service, region, target.rpartition(".")[2], json.loads(_body(environ) or b"{}"))
    model = _by_signing_name(service)
    if model.resolved_protocol in ("query", "ec2"):
        form = {name: values[0] for name, values in parse_qs(_body(environ).decode()).items()}
        return Call(service, region, form["Action"], form)
    operations = [model.operation_model(name) for name in model.operation_names]
    fitting = [operation for operation in operations if _fits(operation, environ)]
    meant = max(fitting, key=lambda operation: len(operation.http["requestUri"]))
    return Call(service, region, meant.name, _in_address(meant, environ))


def _body(environ: Environ) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _path_pattern(operation: OperationModel) -> str:
    """A REST operation's path, with a group for each parameter."""
    path = operation.http["requestUri"].partition("?")[0]
    return re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path)) + "/?"


def _fits(operation: OperationModel, environ: Environ) -> bool:
    """Whether a request of a REST service may be of this operation; the longest address that fits is meant.

    CopyObject has the address of PutObject, and a header of its own that it needs.
    """
    query = operation.http["requestUri"].partition("?")[2]
    return (
        operation.http["method"] == environ["REQUEST_METHOD"]
        and re.fullmatch(_path_pattern(operation), environ["PATH_INFO"]) is not None
        and set(parse_qs(query, keep_blank_values=True)) <= set(_query(environ))
        and {_headers(operation)[name] for name in _required_headers(operation)} <= set(environ)
    )


def _in_address(operation: OperationModel, environ: Environ) -> dict[str, Any]:
    """What path, query and headers name."""
    named = re.fullmatch(_path_pattern(operation), environ["PATH_INFO"])
    in_path = {name: unquote(value) for name, value in (named.groupdict() if named else {}).items()}
    in_query = {name: values[0] for name, values in _query(environ).items()}
    in_headers = {name: environ[header] for name, header in _headers(operation).items() if header in environ}
    return in_path | in_query | in_headers


def _query(environ: Environ) -> dict[str, list[str]]:
    return parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)


def _headers(operation: OperationModel) -> dict[str, str]:
    """The headers that an operation's parameters are sent in, as WSGI names them, by the parameter."""
    members = operation.input_shape.members if operation.input_shape else {}
    placed = {name: member.serialization for name, member in members.items()}
    return {
        name: f"HTTP_{each['name'].upper().replace('-', '_')}"
        for name, each in placed.items()
        if each.get("location") == "header"
    }


def _required_headers(operation: OperationModel) -> list[str]:
    required = operation.input_shape.required_members if operation.input_shape else []
    return [name for name in required if name in _headers(operation)]
