"""The part ``input``: what the fuzzer is given, and that a property is counted by what it was shown."""

import pytest

from tests.torture import input as part
from tests.torture.parsers import PARSERS

INPUTS = (b"", b"{}", b"[" * 3000, b"\xff\xfe", b"name: small\n<<: *a", b'{"began_at": "0001-01-01T00:00:00+14:00"}')
_NO_PROPERTY = "tests/unit/target/test_loading.py::test_huge_file__is_refused_unread"


@pytest.mark.parametrize("parser", PARSERS)
def test_parser__ends_in_no_other_error_than_the_documented(parser: str) -> None:
    """What the fuzzer begins with; it goes on from there for a minute (``make torture PART=input``)."""
    for data in INPUTS:
        assert PARSERS[parser](data) is None


def test_property__says_how_many_inputs_it_was_shown() -> None:
    """A property that was shown none would hold too: it does not count as held."""
    (property_,) = (each for each in part.fault_runs() if each.endswith("test_answer_of_any_kind__is_judged"))
    with part.ready() as attempt:
        held, plain = attempt(property_), attempt(_NO_PROPERTY)
    assert held.is_good, held
    assert held.figures["inputs"] >= 500
    assert (plain.figures["inputs"], plain.is_good) == (0, False)
