"""What people read: for each trouble a headline, what to do about it, and the exit code.

Fields: {given} the URL as it was given, {given_seen} what came from it ("answered 404 ..."), {uri} the tracking URI
that decided, {host} its host, {seen} what came from it, {artifacts_seen} what came from its artifact store, {retry}
when to come back, {client} the client's package and version, {server} the server's version in words, {install} what to
install.
"""

from dataclasses import dataclass
from enum import StrEnum

from registry_monitor.terminal.access_answers import Meaning

WORKS, KEPT_OUT, UNKNOWN = 0, 1, 3


class Trouble(StrEnum):
    """What more than one reply together can tell."""

    WRONG_PREFIX = "wrong-prefix"
    WEB_PAGE_ADDRESS = "web-page-address"
    NOT_ENCRYPTED = "not-encrypted"
    NOTHING_ROUTED = "nothing-routed"
    MLFLOW_WITHOUT_API = "mlflow-without-api"
    NO_REGISTRY = "no-registry"
    REDIRECTED_AWAY = "redirected-away"
    IN_CLEAR = "in-clear"
    CLIENT_TOO_NEW = "client-too-new"
    NO_CLIENT = "no-client"
    ARTIFACTS_OFF = "artifacts-off"


@dataclass(frozen=True)
class Text:
    """A headline and the next step, with fields in braces."""

    headline: str
    next_step: str
    exit_code: int = KEPT_OUT


_TELL_OPERATORS = "tell the people who run the registry, with what stands above"
_LATER = f"Try again in some minutes; if it stays, {_TELL_OPERATORS}."
_CONTINUE = "Then run this check again."

TEXTS: dict[Meaning | Trouble, Text] = {
    Meaning.WORKS: Text(
        "Your key works here (only reading was tried; nothing was changed).",
        "Set MLFLOW_TRACKING_URI={uri} and set MLFLOW_TRACKING_TOKEN to your key.",
        WORKS,
    ),
    Meaning.KEY_REFUSED: Text(
        "The registry is there, but it refuses your key: it is wrong, expired or revoked (401).",
        "Copy the key again, whole and without spaces; if it is still refused, ask the people who gave it to you for a "
        "new one. The registry does not say which of the three it is.",
    ),
    Meaning.KEY_NOT_SEEN: Text(
        "The registry says that no key came, although one was sent (as 'Authorization: Bearer ...').",
        "Something on the way drops the header, or this registry takes keys in another one: ask its operators.",
    ),
    Meaning.UNAUTHORIZED: Text(
        "The registry does not let your key in: it {seen}.",
        "Ask the people who gave you the key what this answer means.",
    ),
    Meaning.NOT_ADMIN: Text(
        "Your key is valid, but the model registry is open to administrators alone (403).",
        "Ask for a key with administrator rights on the model registry, or for these rights on your key.",
    ),
    Meaning.FORBIDDEN: Text(
        "Your key is valid, but it may not do this: the registry {seen}.",
        "Ask for a key with the right to use the model registry.",
    ),
    Meaning.NO_BALANCE: Text(
        "Your key is valid, but its account has no balance left (402).",
        "Top up the account that the key belongs to.",
    ),
    Meaning.RATE_LIMITED: Text(
        "Your key has made more requests than it may ({seen}).",
        "Wait {retry}, and make fewer requests at a time; ask for a higher limit if you need it.",
    ),
    Meaning.FIREWALL: Text(
        "The firewall or load balancer in front of {host} does not let you through (403); your key was not looked at.",
        "Ask the people who run the registry whether your network address is allowed.",
    ),
    Meaning.AUTHENTICATION_DOWN: Text(
        "The registry cannot check keys now: its authentication service is down. It is not your key's fault.",
        f"Keep your key. {_LATER}",
    ),
    Meaning.HOST_CHECK: Text(
        "The platform keeps itself out: MLflow refuses the host name by which it was asked (its host check).",
        "Only its operators can change that: MLflow's allowed hosts (--allowed-hosts) must have the name by which "
        "their proxy calls it. Your key is not at fault.",
    ),
    Meaning.DATABASE_DOWN: Text(
        "The registry is down: MLflow answers, but cannot reach its database. It is not your key's fault.", _LATER
    ),
    Meaning.MLFLOW_UNREACHABLE: Text(
        "The registry is down: its proxy answers, but cannot reach MLflow behind it. It is not your key's fault.",
        _LATER,
    ),
    Meaning.MLFLOW_SILENT: Text(
        "The registry is down: its proxy answers, but MLflow behind it does not in time. It is not your key's fault.",
        _LATER,
    ),
    Meaning.LOAD_BALANCER: Text(
        "The registry is down: its load balancer finds no working service ({seen}). It is not your key's fault.",
        _LATER,
    ),
    Meaning.PLATFORM_ERROR: Text("The registry has an error of its own: it {seen}.", _LATER),
    Meaning.NAME: Text(
        "The host name {host} does not resolve.",
        "Look for a typing error in the URL; if there is none, look at your own network, DNS and VPN.",
        UNKNOWN,
    ),
    Meaning.REFUSED: Text(
        "{host} refuses the connection: nothing listens there.",
        "Look at host and port of the URL; if they are right, the platform is down: try again later.",
    ),
    Meaning.CONNECT_TIMEOUT: Text(
        "{host} does not accept a connection in time: it is down, or a firewall is in between.",
        "Try from another network; if that is the same, the platform is down.",
        UNKNOWN,
    ),
    Meaning.TLS: Text(
        "No encrypted connection to {host} can be made: it {seen}. Your key was not sent.",
        "If your network has a certificate authority of its own, name its file in REQUESTS_CA_BUNDLE; else tell the "
        "people who run the registry. Do not switch verification off: your key would go to whoever answers.",
    ),
    Meaning.TIMEOUT: Text("{host} accepts the connection, and then does not answer in time.", _LATER),
    Meaning.BROKEN: Text("The connection to {host} broke off before an answer was there: it {seen}.", _LATER, UNKNOWN),
    Meaning.UNCLEAR: Text(
        "The answer is none that this check knows: {host} {seen}.",
        "Look at whether {given} is an MLflow tracking URI; if it is, show this answer to the people who run it.",
        UNKNOWN,
    ),
    Meaning.CANNOT_TELL: Text("It could not be found out: {seen}.", "Run this check again.", UNKNOWN),
    Trouble.WRONG_PREFIX: Text(
        "The address is wrong: {given} {given_seen}. The MLflow API is at {uri}.",
        "Use {uri} as it stands: the MLflow client adds /api/2.0/mlflow itself.",
    ),
    Trouble.WEB_PAGE_ADDRESS: Text(
        "The address is that of a web page: {given} {given_seen}. The MLflow API is at {uri}.",
        "Use {uri} as it stands: the MLflow client adds /api/2.0/mlflow itself.",
    ),
    Trouble.NOT_ENCRYPTED: Text(
        "The address must begin with https: {given} {given_seen}. It is {uri}.",
        "Use {uri}: with http your key would travel in clear (this check did not send it there).",
    ),
    Trouble.NOTHING_ROUTED: Text(
        "No registry was found: the load balancer of {host} knows no service at any of the usual addresses (404).",
        "Look at the host name. If it is right, the platform's routing is broken: tell the people who run it.",
    ),
    Trouble.MLFLOW_WITHOUT_API: Text(
        "MLflow was found at {host}, but its API answers under none of the usual addresses (404).",
        "Ask the people who run the registry for the tracking URI; if yours is the right one, their proxy leads to a "
        "wrong path of MLflow.",
    ),
    Trouble.NO_REGISTRY: Text(
        "No registry was found: {host} answers, but has no MLflow API at any of the usual addresses.",
        "Ask the people who run the registry for the tracking URI.",
    ),
    Trouble.REDIRECTED_AWAY: Text(
        "{given} leads elsewhere: it {given_seen}. Your key was not sent there.",
        "Perhaps it is a sign-in page. If you trust that address, run this check with it.",
    ),
    Trouble.IN_CLEAR: Text(
        "Your key travels in clear: the address begins with http, and everybody on the way can read it.",
        "Ask the people who run the registry for an https address.",
        WORKS,
    ),
    Trouble.NO_CLIENT: Text("This Python environment has no MLflow client.", "{install}.", WORKS),
    Trouble.CLIENT_TOO_NEW: Text(
        "Your MLflow client is too new for this registry: {client} here, {server} there. log_model fails.",
        f"{{install}}. {_CONTINUE}",
    ),
    Trouble.ARTIFACTS_OFF: Text(
        "Models cannot be stored: the artifact store of the registry {artifacts_seen}.",
        "Only its operators can change that (MLflow serves no artifacts, or cannot reach its store).",
    ),
}
