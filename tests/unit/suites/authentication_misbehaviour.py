"""The ways in which a platform may treat keys wrongly, one each."""

from tests.unit.suites.authentication_platform import (
    INVALID,
    KEYS,
    LET_IN,
    LIMIT,
    MISSING,
    OUTAGE,
    Said,
    Sent,
    by_key,
    healthy,
)


def no_x_api_key(sent: Sent) -> Said:
    return by_key(sent.keys.get("bearer"))


def only_x_api_key(sent: Sent) -> Said:
    return by_key(sent.keys.get("x-api-key"))


def names_in_one_case(sent: Sent) -> Said:
    return MISSING if "AUTHORIZATION" in list(sent.headers) else healthy(sent)


def any_scheme(sent: Sent) -> Said:
    return by_key(sent.headers.get("Authorization", "").split(" ")[-1] or sent.key)


def last_header_wins(sent: Sent) -> Said:
    return by_key(next(reversed(sent.keys.values()), None))


def open_to_no_key(sent: Sent) -> Said:
    return LET_IN if sent.path == "/direct" and sent.key is None else healthy(sent)


def open_when_empty(sent: Sent) -> Said:
    is_empty = sent.key is None and {"Authorization", "X-API-Key"} & set(sent.headers)
    return LET_IN if is_empty else healthy(sent)


def open_to_any_key(sent: Sent) -> Said:
    return LET_IN if sent.key is not None else MISSING


def open_to_any_key_directly(sent: Sent) -> Said:
    return open_to_any_key(sent) if sent.path == "/direct" else healthy(sent)


def asks_no_rights(sent: Sent) -> Said:
    return LET_IN if sent.key == KEYS["member"] else healthy(sent)


def forgets_revocation(sent: Sent) -> Said:
    return LET_IN if sent.key == KEYS["revoked"] else healthy(sent)


def dead_monitor_key(sent: Sent) -> Said:
    return INVALID if sent.key == KEYS["admin"] else healthy(sent)


def dead_second_key(sent: Sent) -> Said:
    return INVALID if sent.key == KEYS["second"] else healthy(sent)


def key_lost_in_the_proxy(sent: Sent) -> Said:
    return MISSING if sent.path == "/proxy" and sent.key in KEYS.values() else healthy(sent)


def key_lost_past_the_proxy(sent: Sent) -> Said:
    return MISSING if sent.path == "/direct" and sent.key in KEYS.values() else healthy(sent)


def validation_open(sent: Sent) -> Said:
    return open_to_any_key(sent) if sent.path == "/validate" else healthy(sent)


def validation_dead(sent: Sent) -> Said:
    return (500, {"detail": "no table"}) if sent.path == "/validate" else healthy(sent)


def no_authentication_service(sent: Sent) -> Said:
    return OUTAGE if sent.key is not None and sent.path != "/validate" else healthy(sent)


def limited(sent: Sent) -> Said:
    return LIMIT if sent.key == KEYS["admin"] else healthy(sent)
