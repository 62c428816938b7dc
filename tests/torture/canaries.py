"""Whether a secret stands in a text: in clear, or in any encoding in which texts travel."""

import base64
import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

_STRIDE_BYTES = 3  # base64 turns three bytes into four characters: a text may begin at any of three places of them


def forms_of(secret: str) -> frozenset[str]:
    """The forms in which a secret would be found: clear, JSON- and URL-encoded, base64 wherever it begins."""
    whole = secret.encode()
    forms = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), whole.hex()}
    for offset in range(_STRIDE_BYTES):
        tail = (len(whole) + offset) % _STRIDE_BYTES
        begun = base64.b64encode(b"\0" * offset + whole).decode().rstrip("=")
        sure = begun[(0, 2, 3)[offset] : len(begun) - (1 if tail else 0)]  # without what its neighbours decide
        forms |= {sure, sure.replace("+", "-").replace("/", "_")}
    return frozenset(forms)


def leaks(outputs: Mapping[str, str], canaries: Iterable[str]) -> tuple[str, ...]:
    """Which outputs hold which canary: ``runs/…/index.html holds the canary that begins with hk_fake_reader``.

    ``outputs``: where a text was found -> the text.
    """
    found = []
    for canary in canaries:
        forms = forms_of(canary)
        found += [
            f"{place} holds the canary that begins with {canary[:16]}"
            for place, text in outputs.items()
            if any(form in text for form in forms)
        ]
    return tuple(found)
