"""Bodies as the real services spell them: the API without spaces, the gateway with a space after each colon."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

HTML_404 = (
    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
    "<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling "
    "and try again.</p>\n"
)  # werkzeug's, which MLflow shows
HTML_308 = (
    "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n"
    "<p>You should be redirected automatically to the target URL: "
    '<a href="{url}">{url}</a>. If not, click the link.\n'
)


def compact(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer as FastAPI does: JSON without spaces."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return web.Response(body=text.encode(), status=status, headers=headers, content_type="application/json")


def spaced(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer as the MLflow gateway does: JSON with a space after each colon and comma."""
    text = json.dumps(body)
    return web.Response(body=text.encode(), status=status, headers=headers, content_type="application/json")


def html(body: str, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer as Flask does."""
    return web.Response(text=body, status=status, headers=headers, content_type="text/html", charset="utf-8")


@web.middleware
async def fastapi_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Spell unknown paths, wrong methods and crashes as FastAPI does."""
    try:
        response = await handler(request)
    except web.HTTPNotFound:
        return compact({"detail": "Not Found"}, 404)
    except web.HTTPMethodNotAllowed as error:
        return compact({"detail": "Method Not Allowed"}, 405, {"Allow": ", ".join(sorted(error.allowed_methods))})
    return response
