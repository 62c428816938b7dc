"""What a load balancer asks of its clients before any target: TLS, and a login where a rule authenticates."""

import ssl
import urllib.parse
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.sandbox.alb.configuration import Listener
from tests.sandbox.alb.own_answers import page

Json = dict[str, Any]
_SESSION_COOKIE = "AWSELBAuthSessionCookie-0"


def demand_of_clients(context: ssl.SSLContext, listener: Listener, authorities: Path) -> ssl.SSLContext:
    """Let ``context`` ask what the listener's policy and its mutual authentication ask (ELB user guide, "HTTPS")."""
    if listener.tls_policy.startswith("ELBSecurityPolicy-TLS13-1-3"):
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if listener.client_certificates == "verify":
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authorities)
    return context


def login(rule: Json, request: web.BaseRequest) -> web.Response | None:
    """Return what a rule that authenticates answers to who has no session; None: nothing is in the way.

    The sandbox has no identity provider, so nobody has a session.
    """
    for action in rule["Actions"]:
        if action["Type"] != "authenticate-oidc" or _SESSION_COOKIE in request.headers.get("Cookie", ""):
            continue
        config = action["AuthenticateOidcConfig"]
        wanted = config.get("OnUnauthenticatedRequest", "authenticate")
        if wanted == "deny":
            return page(401)
        if wanted == "authenticate":
            return page(302, {"Location": _provider(config, request)})
    return None


def _provider(config: Json, request: web.BaseRequest) -> str:
    host = request.headers.get("Host", "")
    query = {
        "client_id": config["ClientId"],
        "redirect_uri": f"https://{host}/oauth2/idpresponse",
        "response_type": "code",
        "scope": config.get("Scope", "openid"),
    }
    return f"{config['AuthorizationEndpoint']}?{urllib.parse.urlencode(query)}"
