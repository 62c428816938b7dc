"""Inputs that nobody thought of, for hypothesis: texts and JSON as a hostile or careless peer would send them."""

import json
from typing import Any

from hypothesis import strategies as st

# Half characters, NUL, escapes, right-to-left marks, and what breaks a document of one of the reports.
ODD_TEXTS = ("\ud800", "\0", "\x1b[2J", "\u202e", "\u2028", "```", "</script>", "|", "𝒳" * 40, "é" * 400, "'", "%2f..")
texts = st.one_of(st.text(st.characters(codec=None), max_size=30), st.sampled_from(ODD_TEXTS))
numbers = st.one_of(
    st.integers(),
    st.sampled_from([10**400, -(10**4000), 2**63, -1, 0]),
    st.floats(),  # NaN and the infinities among them
)
leaves = st.one_of(st.none(), st.booleans(), numbers, texts)


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4))


json_values: st.SearchStrategy[Any] = st.recursive(leaves, _deeper, max_leaves=12)
json_objects = st.dictionaries(texts, json_values, max_size=5)


def nested(levels: int, opening: str = "[", closing: str = "]") -> str:
    """JSON so deep: half of it is often enough to end a parser that recurses."""
    return opening * levels + "1" + closing * levels


@st.composite
def spoilt(draw: st.DrawFn, whole: Any) -> Any:
    """A document like ``whole``, one place of which is gone, of another type, or beside something unknown."""
    document = json.loads(json.dumps(whole, default=str))
    place = document
    while isinstance(place, dict | list) and place:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            break
        place = inner
    else:
        return draw(json_values)
    match draw(st.sampled_from(("gone", "replaced", "joined"))):
        case "gone":
            del place[key]
        case "replaced":
            place[key] = draw(json_values)
        case _ if isinstance(place, dict):
            place[draw(texts)] = draw(json_values)
        case _:
            place.append(draw(json_values))
    return document


def _encoded(value: Any) -> bytes:
    """As a careless peer writes it: NaN as a word, half a character as its escape, huge numbers in full."""
    try:
        return json.dumps(value).encode()
    except ValueError:  # Python writes no number of more than 4300 digits
        return b"9" * 5_000


# What an HTTP body may be: bytes of any kind, JSON of any kind, JSON that is cut, and JSON that is too deep.
bodies = st.one_of(
    st.binary(max_size=200),
    json_values.map(_encoded),
    json_values.map(lambda value: _encoded(value)[:-1]),
    st.sampled_from([nested(100_000).encode(), b"[" * 100_000, b'{"a":' * 5_000, b"1" * 5_000, b"\xff\xfe1\0", b""]),
)
