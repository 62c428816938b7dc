"""What an Application Load Balancer says itself: error pages, fixed responses, redirects; ``Server: awselb/2.0``."""

from typing import Any

from aiohttp import web

_SERVER = {"Server": "awselb/2.0"}
_PHRASES = {
    301: "Moved Permanently",
    302: "Found",
    401: "Authorization Required",
    403: "Forbidden",
    460: "Client Closed Request",
    464: "Incompatible Protocol",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


def page(status: int, headers: dict[str, str] | None = None) -> web.Response:
    """Return the small HTML page of ``status``."""
    phrase = _PHRASES[status]
    title = f"{status} {phrase}"
    text = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return web.Response(
        status=status, reason=phrase, text=text, content_type="text/html", headers=_SERVER | (headers or {})
    )


def fixed_response(config: dict[str, Any]) -> web.Response:
    """Return the answer of a fixed-response action."""
    body = config.get("MessageBody") or ""
    headers = _SERVER | ({"Content-Type": f"{config.get('ContentType', 'text/plain')}; charset=utf-8"} if body else {})
    return web.Response(status=int(config["StatusCode"]), body=body.encode(), headers=headers)


def redirect(config: dict[str, Any], request: web.BaseRequest) -> web.Response:
    """Return the answer of a redirect action, whose parts default to those of the request."""
    host = request.headers.get("Host", "").partition(":")[0]
    scheme = request.scheme.upper()
    known = {
        "#{protocol}": scheme.lower(),
        "#{host}": host,
        "#{port}": "443" if scheme == "HTTPS" else "80",
        "#{path}": request.rel_url.raw_path.lstrip("/"),
        "#{query}": request.rel_url.raw_query_string,
    }
    template = (
        f"{config.get('Protocol', '#{protocol}').lower()}://{config.get('Host', '#{host}')}"
        f":{config.get('Port', '#{port}')}{config.get('Path', '/#{path}')}"
    )
    query = config.get("Query", "#{query}")
    location = template + (f"?{query}" if query != "#{query}" or request.rel_url.raw_query_string else "")
    for mark, value in known.items():
        location = location.replace(mark, value)
    return page(int(config["StatusCode"].removeprefix("HTTP_")), {"Location": location})
