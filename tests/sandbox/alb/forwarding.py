"""How a load balancer passes on a request and its answer: headers, and bodies of any size as they stream."""

import time
import uuid
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

_HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade",
}  # fmt: skip
_CHUNK_BYTES = 64 * 1024
# The time.perf_counter() at which bytes of a request's answer last began to go out.
PASSED_ON = web.RequestKey("passed on", float)


def forwarded_headers(request: web.BaseRequest, *, is_tls: bool) -> CIMultiDict[str]:
    """Copy the client's headers, Host and Content-Length among them, and add the load balancer's own."""
    headers = CIMultiDict((key, value) for key, value in request.headers.items() if key.lower() not in _HOP_BY_HOP)
    came_from = request.headers.get("X-Forwarded-For")
    headers["X-Forwarded-For"] = f"{came_from}, {request.remote}" if came_from else str(request.remote)
    headers["X-Forwarded-Proto"] = "https" if is_tls else "http"
    headers["X-Forwarded-Port"] = "443" if is_tls else "80"
    root = f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
    headers.setdefault("X-Amzn-Trace-Id", root)
    return headers


async def stream_back(answer: aiohttp.ClientResponse, request: web.BaseRequest) -> web.StreamResponse:
    """Pass the target's answer to the client as it comes."""
    kept = CIMultiDict((key, value) for key, value in answer.headers.items() if key.lower() not in _HOP_BY_HOP)
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=kept)
    request[PASSED_ON] = time.perf_counter()  # headers are bytes too: whoever needs no more may ask the next thing
    await response.prepare(request)
    try:
        if request.method != "HEAD":
            async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                goes_at = time.perf_counter()
                await response.write(chunk)
                request[PASSED_ON] = goes_at  # not before: the client may have left
        await response.write_eof()
    except (aiohttp.ClientPayloadError, aiohttp.ServerTimeoutError):
        # The status is sent already: all that a load balancer can do is to cut the connection.
        if request.transport:
            request.transport.abort()
    return response


async def client_body(request: web.BaseRequest) -> AsyncIterator[bytes]:
    """Yield the client's body as it comes."""
    async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
        yield chunk
