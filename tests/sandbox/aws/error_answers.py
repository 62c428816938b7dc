"""Errors as each of AWS's protocols spells them: status line, content type and body.

Error codes: "Common errors" of each service's API reference.
"""

import json
from xml.sax.saxutils import escape

from tests.sandbox.aws.calls import Call

type Answer = tuple[str, str, bytes]


def denied(call: Call, message: str) -> Answer:
    """What the caller's policies do not allow."""
    if call.protocol == "json":
        return _json("AccessDeniedException", message)
    if call.service == "ec2":
        told = f"You are not authorized to perform this operation. {message}"
        return _xml(call, "403 Forbidden", "UnauthorizedOperation", told)
    return _xml(call, "403 Forbidden", "AccessDenied", message)


def throttled(call: Call) -> Answer:
    """Too many requests; each service has its own word for it."""
    if call.protocol == "json":
        return _json("ThrottlingException", "Rate exceeded")
    code = {"ec2": "RequestLimitExceeded", "s3": "SlowDown"}.get(call.service, "Throttling")
    status = "503 Service Unavailable" if call.service in ("ec2", "s3") else "400 Bad Request"
    return _xml(call, status, code, "Rate exceeded")


def internal(call: Call) -> Answer:
    """AWS has failed, by a defect of its own."""
    return _failed(
        call, "500 Internal Server Error", {"s3": "InternalError", "ec2": "InternalError"}, "InternalFailure"
    )


def unavailable(call: Call) -> Answer:
    """AWS has failed, for want of a part of its own."""
    return _failed(call, "503 Service Unavailable", {"ec2": "Unavailable"}, "ServiceUnavailable")


def skewed(call: Call) -> Answer:
    """Signed more than five minutes before or after AWS's own time."""
    expired = "Signature expired: 20260730T091503Z is now earlier than 20260730T101003Z (20260730T101503Z - 5 min.)"
    match call.service:
        case "s3":
            told = "The difference between the request time and the current time is too large."
            return _xml(call, "403 Forbidden", "RequestTimeTooSkewed", told)
        case "ec2":
            return _xml(call, "400 Bad Request", "RequestExpired", "Request has expired.")
    if call.protocol == "json":
        return _json("InvalidSignatureException", expired)
    return _xml(call, "403 Forbidden", "SignatureDoesNotMatch", expired)


def unknown(call: Call) -> Answer:
    """Signed by somebody whom AWS does not know."""
    if call.protocol == "json":
        return _json("UnrecognizedClientException", "The security token included in the request is invalid.")
    match call.service:
        case "s3":
            told = "The AWS Access Key Id you provided does not exist in our records."
            return _xml(call, "403 Forbidden", "InvalidAccessKeyId", told)
        case "ec2":
            told = "AWS was not able to validate the provided access credentials"
            return _xml(call, "401 Unauthorized", "AuthFailure", told)
    told = "The security token included in the request is invalid."
    return _xml(call, "403 Forbidden", "InvalidClientTokenId", told)


def _failed(call: Call, status: str, codes: dict[str, str], otherwise: str) -> Answer:
    code, told = codes.get(call.service, otherwise), "We encountered an internal error. Please try again."
    if call.protocol == "json":
        return status, *_json(code, told)[1:]
    return _xml(call, status, code, told)


def _json(code: str, message: str) -> Answer:
    body = json.dumps({"__type": code, "message": message}).encode()
    return "400 Bad Request", "application/x-amz-json-1.1", body


def _xml(call: Call, status: str, code: str, message: str) -> Answer:
    told = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    match call.service:
        case "s3":
            body = f"<Error>{told}<RequestId>refused</RequestId></Error>"
        case "ec2":
            body = f"<Response><Errors><Error>{told}</Error></Errors><RequestID>refused</RequestID></Response>"
        case _:
            error = f"<Error><Type>Sender</Type>{told}</Error>"
            body = f"<ErrorResponse>{error}<RequestId>refused</RequestId></ErrorResponse>"
    return status, "text/xml", body.encode()
