"""Names of targets of any kind: an object below the prefix with that very name is asked for, or nothing at all."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given
from hypothesis import strategies as st

from registry_monitor.inventory.target_files import find_target
from registry_monitor.target import TargetError, packaged_targets
from tests.unit.generated import texts

BUCKET, PREFIX = "reports", "fleet/targets/"
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


class Listening:
    """A client that notes what it is asked for, and has nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def get_object(self, **asked: str) -> Any:
        self.asked.append((asked["Bucket"], asked["Key"]))
        raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")


@given(texts | names | st.lists(names, min_size=1, max_size=3).map("/".join))
@example("..")
@example("a/../b")
@example("%2e%2e%2fstate")
@example("a.yaml")
@example("a\0")
@example("a\n")
@example("\u0661")
def test_name_of_any_kind__leads_to_its_own_object_or_nowhere(name: str) -> None:
    """What is asked for is one object of one bucket, and its key ends with the name as it was given."""
    client = Listening()
    if name in packaged_targets():
        return
    with pytest.raises(TargetError) as caught:
        find_target(name, f"s3://{BUCKET}/{PREFIX}", lambda service, region: client)
    assert ascii(caught.value)
    assert client.asked in ([], [(BUCKET, f"{PREFIX}{name}.yaml")])
    if client.asked:
        assert name.isascii() and name.replace("-", "").isalnum() and name == name.lower()
