"""The part ``input``: its properties stand in ``tests/unit``; here is only what the fuzzer is given."""

import pytest

from tests.torture.parsers import PARSERS

INPUTS = (b"", b"{}", b"[" * 3000, b"\xff\xfe", b"name: small\n<<: *a", b'{"began_at": "0001-01-01T00:00:00+14:00"}')


@pytest.mark.parametrize("parser", PARSERS)
def test_parser__ends_in_no_other_error_than_the_documented(parser: str) -> None:
    """What the fuzzer begins with; it goes on from there for a minute (``make torture PART=input``)."""
    for data in INPUTS:
        assert PARSERS[parser](data) is None
