"""What the errors of AWS clients mean, in a sentence that names the call, the error and the remedy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, of which the unreachable ones are made
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from pydantic import ValidationError

from registry_monitor.model import CannotTellError

_DENIED = ("UnauthorizedOperation", "UnauthorizedException", "NotAuthorized", "403")
_THROTTLED = ("RequestLimitExceeded", "TooManyRequestsException", "SlowDown", "429")
_BAD_CREDENTIALS = (
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
_CLOCK = ("RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired")  # of S3, EC2, and the query protocols
_OLD_SIGNATURE = ("Signature expired", "Signature not yet current")  # the others say it in their message
_NO_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
_DENIED_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")
_CAP = 300  # characters of AWS's own words


class RoleNotAssumedError(BotoCoreError):  # type: ignore[misc]  # botocore is untyped
    """The role by which a platform is read could not be assumed; nothing of it is asked by another."""

    fmt = "{reason}"


@contextmanager
def asking(call: str) -> Iterator[None]:
    """Name the call of a fact that takes several: an error inside leaves as CannotTellError, explained."""
    try:
        yield
    except CannotTellError:
        raise
    except Exception as error:
        raise CannotTellError(explain(call, error)) from error


def explain(call: str, error: Exception) -> str:
    """Tell which call failed (``ecs:DescribeServices``), how, and what to do. Never raises."""
    match error:
        case ClientError():
            return _explain_refusal(call, error)
        case RoleNotAssumedError():
            return f"{call} was not made: {error}"
        case _ if isinstance(error, _NO_CREDENTIALS):
            remedy = "give the function a role, or set AWS_PROFILE or the AWS_* variables"
            return f"{call} was not made, for want of AWS credentials ({error}): {remedy}"
        case SSLError() | ReadTimeoutError() | ConnectionError() | HTTPClientError():
            return _explain_silence(call, error)
        case BotoCoreError():
            return f"{call} failed with {type(error).__name__}: {str(error)[:_CAP]}"
        case ValidationError():
            first = error.errors(include_url=False)[0]
            place = ".".join([error.title, *map(str, first["loc"])])
            seen = f"{place}: {first['msg']}, got {first['input']!r}"
            return f"{call} gave an answer that could not be read: {seen[:_CAP]}"
        case ValueError() if str(error).startswith("Invalid endpoint"):
            return f"{call} was not made: {error}; correct AWS_ENDPOINT_URL"
        case _:
            return f"{call} gave an answer that could not be read ({type(error).__name__}: {str(error)[:_CAP]})"


def is_about_the_question(error: ClientError) -> bool:
    """Whether AWS has taken the call and refuses what it asks for: "there is none", not "you may not"."""
    code = str(error.response.get("Error", {}).get("Code"))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_refused = code in (*_BAD_CREDENTIALS, *_CLOCK) or _is_denial(code) or _is_throttle(code)
    return not (is_refused or status >= 500)


def is_denied(error: ClientError) -> bool:
    """Whether IAM has denied the call."""
    return _is_denial(str(error.response.get("Error", {}).get("Code")))


def _is_denial(code: str) -> bool:
    return code.startswith("AccessDenied") or code in _DENIED


def _is_throttle(code: str) -> bool:
    return code.startswith(("Throttl", "RequestThrottl")) or code in _THROTTLED


def _explain_refusal(call: str, error: ClientError) -> str:
    """An answer of AWS that is an error."""
    told = error.response.get("Error", {})
    code, message = str(told.get("Code") or "unknown"), str(told.get("Message") or "")[:_CAP]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    quoted = f"; AWS says: {message}" if message else ""
    if code in _CLOCK or message.startswith(_OLD_SIGNATURE):
        return f"{call} was refused, since the monitor's clock is not AWS's ({code}): set it where this runs{quoted}"
    if code in _BAD_CREDENTIALS:
        return f"{call} was refused, since AWS does not take the monitor's credentials ({code}): renew them{quoted}"
    if _is_denial(code):
        action = _action_in(message) or call
        return f"{action} was denied to the monitor's role ({code}): {_permission(action, message)}{quoted}"
    if _is_throttle(code):
        return f"{call} was throttled by AWS ({code}), also when asked again: the next run asks anew{quoted}"
    if status >= 500:
        remedy = "see the AWS Health Dashboard; the next run asks anew"
        return f"{call} failed inside AWS ({code}, HTTP {status}), also when asked again: {remedy}{quoted}"
    return f"{call} failed with {code}: {message}"


def _action_in(message: str) -> str | None:
    """The action that AWS names: a call may need more than the one that is called as it is."""
    named = _DENIED_ACTION.search(message)
    return named and named[1]


def _permission(call: str, message: str) -> str:
    """The remedy of a denial (IAM user guide, "Troubleshoot access denied error messages")."""
    if "explicit deny" in message:
        return "a policy denies it explicitly, lift that deny"
    if "KMS" in message:
        return "add kms:Decrypt for the secret's own key to its policy"
    return f"add {call} to its policy"


def _explain_silence(call: str, error: BotoCoreError) -> str:
    """No answer of AWS at all."""
    endpoint = error.kwargs.get("endpoint_url") or "its endpoint"
    name = type(error).__name__
    if isinstance(error, SSLError):
        remedy = "set AWS_CA_BUNDLE where a proxy of your own ends the TLS"
        return f"{call} was not made: the certificate of {endpoint} is not trusted ({error}): {remedy}"
    if isinstance(error, ReadTimeoutError):
        remedy = "AWS is slow, or the VPC endpoint's security group drops the answer; the next run asks anew"
        return f"{call} was not answered in time by {endpoint} ({name}): {remedy}"
    if type(error.kwargs.get("error")).__name__ == "NameResolutionError":  # urllib3's, which botocore hands on
        remedy = "the VPC needs DNS support (enableDnsSupport), or its DHCP options name a resolver that is not there"
        return f"{call} was not made: DNS has no address for {endpoint}: {remedy}"
    remedy = "the monitor's network has no route or VPC endpoint to it, or a security group drops it"
    return f"{call} could not be reached at {endpoint} ({name}): {remedy}"
