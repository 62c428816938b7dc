"""Passing a request on and its answer back, streamed, as a proxy must."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from io import BytesIO

import aiohttp
from aiohttp import hdrs, web
from multidict import CIMultiDict
from yarl import URL

# RFC 9110, section 7.6.1, and what older intermediaries add to it.
_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
_CHUNK_BYTES = 64 * 1024


def end_to_end(headers: Mapping[str, str], *dropped: str) -> CIMultiDict[str]:
    """Return a copy of ``headers`` without the hop-by-hop ones and without ``dropped`` (lower case)."""
    kept = ((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP | set(dropped))
    return CIMultiDict(kept)


def streamed_body(request: web.Request) -> AsyncIterator[bytes] | None:
    """Return the body as it arrives, or None when there is none."""
    return request.content.iter_chunked(_CHUNK_BYTES) if request.body_exists else None


async def send(
    session: aiohttp.ClientSession,
    method: str,
    url: URL,
    headers: CIMultiDict[str],
    body: AsyncIterator[bytes] | BytesIO | None,
) -> aiohttp.ClientResponse:
    """Send a request and return its answer, the body unread; the caller closes it.

    A Content-Length among the headers is kept while the body streams; without one, a stream goes out chunked.
    """
    if body is None:
        headers.popall(hdrs.CONTENT_LENGTH, None)
    return await session.request(
        method,
        url,
        headers=headers,
        data=body,
        allow_redirects=False,
        skip_auto_headers=(hdrs.USER_AGENT, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE),
    )


async def relay(request: web.Request, upstream: aiohttp.ClientResponse) -> web.StreamResponse:
    """Stream the answer back, as far as whoever asked is still there."""
    response = web.StreamResponse(
        status=upstream.status, reason=upstream.reason, headers=end_to_end(upstream.headers, "server", "date")
    )
    with contextlib.suppress(aiohttp.ClientConnectionResetError):
        await response.prepare(request)
        async for chunk in upstream.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    return response
