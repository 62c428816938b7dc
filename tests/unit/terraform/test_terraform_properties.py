"""States and maps of any kind: four fields of each resource, or a refusal that quotes nothing of the text."""

import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry_monitor.terraform import TerraformMapError, parse_map
from registry_monitor.terraform.json_stream import JsonError
from registry_monitor.terraform.states import StateError, shown_resources, state_resources
from tests.unit.generated import json_values, nested, spoilt, texts
from tests.unit.terraform.states import CANARY, RandomState

READERS = {"shown": shown_resources, "state": state_resources}
_SEEDS = st.integers(0, 500)
_MAP = [
    {"address": "module.api.aws_lb.this[0]", "type": "aws_lb", "id": "a", "arn": "arn:aws:x"},
    {"address": 'aws_subnet.b["é"]', "type": "aws_subnet", "id": None, "arn": None},
]


def _deep_state() -> str:
    """Written by hand: Python's own writer ends sooner than its reader."""
    modules = nested(2_000, '{"child_modules": [', "]}").replace("1", "{}")
    return f'{{"format_version": "1.0", "values": {{"root_module": {modules}}}}}'


def read_or_refused(kind: str, text: str) -> tuple[list[dict[str, Any]], str]:
    """What came out, and the refusal, if there was one."""
    found: list[dict[str, Any]] = []
    try:
        found.extend(each.model_dump() for each in READERS[kind](io.StringIO(text)))
    except (StateError, JsonError) as error:
        return found, str(error)
    return found, ""


@pytest.mark.parametrize("kind", READERS)
@given(seed=_SEEDS, data=st.data())
def test_state_with_one_thing_wrong__gives_its_resources_or_is_refused_and_tells_no_secret(
    kind: str, seed: int, data: st.DataObject
) -> None:
    """Of a state that is spoilt at one place, no canary leaves: neither with its resources nor in the refusal."""
    made = RandomState(seed)
    document = data.draw(spoilt(made.shown if kind == "shown" else made.state))
    found, refusal = read_or_refused(kind, json.dumps(document))
    assert CANARY not in refusal
    moved = {each["address"] for each in made.expected}
    assert not [each for each in found if CANARY in json.dumps(each) and each["address"] in moved]


@pytest.mark.parametrize("kind", READERS)
@given(text=st.one_of(texts, st.text(max_size=60), json_values.map(lambda value: json.dumps(value, default=str))))
@example(text=nested(100_000))
@example(text='{"version": 4, "resources": [' + nested(50_000))
@example(text='{"version": 4, "x": ' + "9" * 10_000 + "}")
@example(text=_deep_state())
def test_text_of_any_kind__is_refused_or_holds_nothing(kind: str, text: str) -> None:
    """What is no state gives no resource, and no error but the documented ones."""
    found, refusal = read_or_refused(kind, text)
    assert found == []
    assert refusal.encode() or kind == "shown"


@given(spoilt(_MAP) | json_values)
@example([{"address": "aws_lb.a\n", "type": "aws_lb", "id": "x" * 3000, "arn": 1}])
def test_map_of_any_kind__is_used_or_refused(document: Any) -> None:
    """A map is valid whole, and answers every question, or it is refused with its problems, which quote none of it."""
    try:
        found = parse_map(json.dumps(document))
    except TerraformMapError as error:
        assert str(error).encode()
        return
    for each in found.resources:
        assert found.address_of(each.id, each.type).address
        assert found.address_of(None, each.type, beside=(each.arn or "",)).address


@given(st.text(max_size=100).filter(lambda text: text.strip() != "["))
@example(nested(100_000))
@example("9" * 5000)
def test_map_that_is_no_json__is_refused(text: str) -> None:
    """Somebody has put something else in its place. A list of nothing is a map: of a state without resources."""
    with pytest.raises(TerraformMapError):
        parse_map(f"{text}]")
