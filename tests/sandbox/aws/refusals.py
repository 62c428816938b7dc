"""What AWS refuses to the monitor: for one operation, or for a whole service, an error or silence in moto's place.

It stands before moto in the same HTTP server, so it holds for a monitor in any process. Only requests signed with the
monitor's own access key are refused: the sandbox and its tasks go on.

Error codes: "Common errors" of each service's API reference; texts: IAM user guide, "Troubleshoot access denied".
"""

import io
import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, NoReturn
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import OperationModel, ServiceModel

MONITOR_CREDENTIALS = {
    "aws_access_key_id": "fake-monitor-access-key-id",
    "aws_secret_access_key": "fake-monitor-secret-access-key",
}

type How = Literal["denied", "throttled", "silent", "dropped"]
type _Environ = dict[str, Any]
type _WsgiApp = Callable[[_Environ, Callable[..., Any]], Iterable[bytes]]

ALL = "*"
_MOST_SILENT_S = 60.0  # longer than any client waits
_MONITOR = "arn:aws:sts::123456789012:assumed-role/registry-monitor/registry-monitor"
_IAM_PREFIXES = {"monitoring": "cloudwatch"}  # elsewhere it is the name that requests are signed for
_IAM_ACTIONS = {  # S3's own habit
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
}
_SIGNED = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/aws4_request")


class Refusals:
    """What is refused at present; ``in_front_of`` puts it before moto.

    ``denied``: AWS's AccessDenied. ``throttled``: its "Rate exceeded". ``silent``: the connection opens, and no answer
    comes. ``dropped``: the connection is closed without an answer.
    """

    def __init__(self) -> None:
        self._refused: dict[tuple[str, str], How] = {}
        self._lifted = threading.Event()
        self._asked: set[str] | None = None

    @contextmanager
    def asked(self) -> Iterator[set[str]]:
        """Collect what the monitor asks meanwhile, whatever the answer: each call as IAM names it."""
        self._asked = set()
        try:
            yield self._asked
        finally:
            self._asked = None

    def add(self, service: str, operation: str, how: How) -> None:
        """Refuse ``operation`` (``DescribeServices``; ``*`` for all) of ``service``, as boto3 names it (``elbv2``)."""
        model = _service_model(service)
        if operation != ALL:
            model.operation_model(operation)  # raises OperationNotFoundError where a name is misspelt
        self._refused = self._refused | {(model.signing_name, operation): how}

    def remove(self, service: str, operation: str) -> None:
        """Answer again; KeyError for what was not refused."""
        lifted = (_service_model(service).signing_name, operation)
        if lifted not in self._refused:
            raise KeyError(f"{service}:{operation} is not refused.")
        self._refused = {key: how for key, how in self._refused.items() if key != lifted}
        self._lifted.set()
        self._lifted = threading.Event()

    def shown(self) -> list[tuple[str, str, How]]:
        """Every refusal: service, operation, how."""
        return sorted((*key, how) for key, how in self._refused.items())

    def in_front_of(self, app: _WsgiApp) -> _WsgiApp:
        """Return a WSGI application that refuses, or lets ``app`` answer."""

        def answer(environ: _Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            service = _service_of_monitor(environ)
            if service and self._asked is not None:
                self._asked.add(_iam_action(service, _operation_of(service, environ)))
            if service not in {refused for refused, _ in self._refused}:
                return app(environ, start_response)
            operation = _operation_of(service, environ)
            how = self._refused.get((service, operation)) or self._refused.get((service, ALL))
            if how is None:
                return app(environ, start_response)
            if how in ("silent", "dropped"):
                self._say_nothing(environ, is_silent=how == "silent")
            status, kind, body = _error(service, operation, is_denied=how == "denied")
            start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

        return answer

    def _say_nothing(self, environ: _Environ, *, is_silent: bool) -> NoReturn:
        """Close the connection, at once or when nobody waits any more; the server takes the error for a lost client."""
        if is_silent:
            self._lifted.wait(_MOST_SILENT_S)
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError


@cache
def _service_model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@cache
def _by_signing_name(signing_name: str) -> ServiceModel:
    boto_names = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
    return _service_model(boto_names.get(signing_name, signing_name))


def _service_of_monitor(environ: _Environ) -> str:
    """Name the service that a request of the monitor's is signed for; of anybody else's, none."""
    signed = _SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
    return signed[2] if signed and signed[1] == MONITOR_CREDENTIALS["aws_access_key_id"] else ""


def _operation_of(service: str, environ: _Environ) -> str:
    """Name the operation that a request asks for; what was read of its body can be read again."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target.rpartition(".")[2])
    model = _by_signing_name(service)
    if model.resolved_protocol in ("query", "ec2"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        return parse_qs(body.decode())["Action"][0]
    operations = [model.operation_model(name) for name in model.operation_names]
    fitting = [operation for operation in operations if _fits(operation, environ)]
    return max(fitting, key=lambda operation: len(operation.http["requestUri"])).name


def _fits(operation: OperationModel, environ: _Environ) -> bool:
    """Whether a request of a REST service may be of this operation; the longest address that fits is meant.

    CopyObject has the address of PutObject, and a header of its own that it needs.
    """
    path, _, query = operation.http["requestUri"].partition("?")
    pattern = re.sub(r"\{[^}]+\}", "[^/]+", re.sub(r"\{[^}]+\+\}", ".+", path))
    asked = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return (
        operation.http["method"] == environ["REQUEST_METHOD"]
        and re.fullmatch(pattern + "/?", environ["PATH_INFO"]) is not None
        and set(parse_qs(query, keep_blank_values=True)) <= set(asked)
        and {f"HTTP_{header.upper().replace('-', '_')}" for header in _required_headers(operation)} <= set(environ)
    )


def _required_headers(operation: OperationModel) -> list[str]:
    shape = operation.input_shape
    placed = [shape.members[name].serialization for name in shape.required_members] if shape else []
    return [each["name"] for each in placed if each.get("location") == "header"]


def _iam_action(service: str, operation: str) -> str:
    return f"{_IAM_PREFIXES.get(service, service)}:{_IAM_ACTIONS.get(operation, operation)}"


def _error(service: str, operation: str, *, is_denied: bool) -> tuple[str, str, bytes]:
    """Return status line, content type and body of an error, as the service's protocol spells it."""
    protocol = _by_signing_name(service).resolved_protocol
    action = _iam_action(service, operation)
    denied = f"User: {_MONITOR} is not authorized to perform: {action} because no identity-based policy allows it"
    message = denied if is_denied else "Rate exceeded"
    if protocol == "json":
        code = "AccessDeniedException" if is_denied else "ThrottlingException"
        return (
            "400 Bad Request",
            "application/x-amz-json-1.1",
            json.dumps({"__type": code, "message": message}).encode(),
        )
    throttled = {"ec2": "RequestLimitExceeded", "s3": "SlowDown"}.get(service, "Throttling")
    code = ("UnauthorizedOperation" if service == "ec2" else "AccessDenied") if is_denied else throttled
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    if service == "ec2":
        error = f"<Response><Errors>{error}</Errors><RequestID>refused</RequestID></Response>"
    elif service != "s3":
        error = f"<ErrorResponse>{error}<RequestId>refused</RequestId></ErrorResponse>"
    overloaded = "503 Service Unavailable" if service in ("ec2", "s3") else "400 Bad Request"
    return "403 Forbidden" if is_denied else overloaded, "text/xml", error.encode()
