"""What leaves a state: four fields of each resource of AWS, and nothing else, whatever stands in it."""

import contextlib
import io
import json
import random
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from registry_monitor.terraform import MappedResource
from registry_monitor.terraform.json_stream import JsonError, TextSource
from registry_monitor.terraform.states import StateError, shown_resources, state_resources
from tests.unit.terraform.states import CANARY, RandomState, text_of

Read = Callable[[TextSource], Iterator[MappedResource]]
SEEDS = range(60)


class Slowly:
    """A source that gives a few characters at a time, as a pipe may."""

    def __init__(self, text: str, size: int) -> None:
        self._source, self._size = io.StringIO(text), size

    def read(self, size: int) -> str:
        return self._source.read(min(size, self._size))


def mapped(read: Read, text: str, size: int = 1 << 20) -> list[dict[str, Any]]:
    return [each.model_dump() for each in read(Slowly(text, size))]


def by_address(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(resources, key=lambda each: str(each["address"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_state__gives_its_resources_and_no_secret(seed: int) -> None:
    """In both formats the same resources come out, and none of the canaries planted at every other place."""
    made = RandomState(seed)
    assert CANARY in text_of(made.state, seed) and CANARY in text_of(made.shown, seed)
    for read, document in ((shown_resources, made.shown), (state_resources, made.state)):
        found = mapped(read, text_of(document, seed), size=1 + 7 * seed)
        assert by_address(found) == by_address(made.expected)
        assert CANARY not in json.dumps(found)


@pytest.mark.parametrize("read", [shown_resources, state_resources])
def test_several_states__one_after_the_other(read: Read) -> None:
    """A platform of several root modules has several states; their maps are one."""
    made = [RandomState(seed) for seed in (1, 2)]
    texts = [text_of(each.shown if read is shown_resources else each.state, 1) for each in made]
    assert by_address(mapped(read, "\n".join(texts))) == by_address(made[0].expected + made[1].expected)


def state_of(*instances: dict[str, Any], **resource: Any) -> str:
    told = {"mode": "managed", "type": "aws_lb", "name": "this", "instances": list(instances)} | resource
    return json.dumps({"version": 4, "resources": [told]})


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        (0, "[0]"),
        ("blue", '["blue"]'),
        ('a"b\\c', '["a\\"b\\\\c"]'),
        ("a\nb", '["a\\nb"]'),
        ("${x}%{y}$z", '["$${x}%%{y}$z"]'),
        ("\u200b", '["\\u200b"]'),
    ],
)
def test_key_of_for_each__is_printed_as_terraform_does(key: object, printed: str) -> None:
    """The address can be pasted behind `terraform apply -target`."""
    [found] = mapped(state_resources, state_of({"index_key": key, "attributes": {}}, module='module.api["blue"]'))
    assert found == {"address": f'module.api["blue"].aws_lb.this{printed}', "type": "aws_lb", "id": None, "arn": None}


@pytest.mark.parametrize(
    ("read", "text", "problem"),
    [
        (shown_resources, "", "is empty; expected the output of terraform show -json"),
        (state_resources, " \n", "is empty; expected a state file"),
        (shown_resources, "[1]", "holds a list; expected the output of terraform show -json, an object"),
        (shown_resources, '{"version": 4, "lineage": "x"}', "is a raw state file; expected the output of terraform"),
        (shown_resources, '{"format_version": "1.2", "planned_values": {}}', "is a plan; expected the output"),
        (shown_resources, '{"format_version": "7.0"}', "has a format_version that is not known here; expected 0.x"),
        (shown_resources, '{"format_version": "1.0", "values": {"root_module": []', "is not valid JSON at character"),
        (shown_resources, '{"format_version": "1.0", "values": {"root_module": [3]}}', "has a list in values.root_mod"),
        (state_resources, '{"format_version": "1.0"}', "has no version; expected a state file of version 4"),
        (state_resources, '{"version": 3, "modules": []}', "has version 3; expected a state file of version 4"),
        (state_resources, '{"version": 4, "resources": {}}', "has an object at character 28; expected a list"),
        (state_resources, '{"version": 4, "resources": [', "is not valid JSON at character 29"),
        (state_resources, '{"version": 4, "resources": ["x"]}', "has a string in resources; expected an object"),
        (
            state_resources,
            state_of({"attributes": {}}, name="a b"),
            "has a resource that no map can hold: address is not",
        ),
        (state_resources, "[" * 200_000, "holds no object; expected a state file"),
        (shown_resources, '{"format_version": ' + "[" * 200_000, "cannot be read at character 0"),
        (shown_resources, '{"format_version": ' + "7" * 9000 + "}", "cannot be read at character 0"),
    ],
)
def test_not_a_state__is_told_by_what_was_expected_and_seen(read: Read, text: str, problem: str) -> None:
    """A person at a pipeline learns what to give instead."""
    with pytest.raises((StateError, JsonError)) as caught:
        mapped(read, text)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize("seed", range(20))
def test_broken_state__is_told_without_its_secrets(seed: int) -> None:
    """Cut or damaged anywhere, a state is an error, and its text is never quoted."""
    made = RandomState(seed)
    text = text_of(made.state, seed)
    at = len(text) * (seed + 1) // 25
    for broken in (text[:at], f"{text[:at]}\x01{text[at:]}"):
        with pytest.raises((StateError, JsonError)) as caught:
            mapped(state_resources, broken, size=97)
        assert CANARY not in f"{caught.value!r}{caught.value.__cause__!r}"


@pytest.mark.parametrize("seed", range(40))
def test_state_of_any_other_shape__is_an_error_and_no_crash(seed: int) -> None:
    """Any one value of a state may be of another kind than expected: the message says so, or nothing is lost by it."""
    made, chance = RandomState(seed), random.Random(seed)
    for read, document in ((shown_resources, made.shown), (state_resources, made.state)):
        at: Any = document
        while isinstance(at, dict | list) and at:
            holder, key = at, chance.choice(list(at) if isinstance(at, dict) else range(len(at)))
            at = holder[key] if chance.random() < 0.8 else None
        holder[key] = chance.choice([None, 7, 7.5, True, "", "x\ny", [], {}, [7], [[7]], {"id": 7}])
        with contextlib.suppress(StateError, JsonError):
            assert len(mapped(read, json.dumps(document))) <= len(made.expected) + 1


class Endless:
    """A state of some hundred thousand resources, written while it is read."""

    def __init__(self, count: int) -> None:
        self._parts = self._written(count)
        self.characters = 0

    def _written(self, count: int) -> Iterator[str]:
        yield '{"version": 4, "outputs": {}, "resources": ['
        for number in range(count):
            attributes = {"id": f"app/{number}", "policy": "x" * 2000}
            instance = {"attributes": attributes}
            told = {"mode": "managed", "type": "aws_lb", "name": f"n{number}", "instances": [instance]}
            yield ("," if number else "") + json.dumps(told)
        yield "]}"

    def read(self, size: int) -> str:
        part = next(self._parts, "")
        self.characters += len(part)
        return part


def test_large_state__is_never_whole_in_memory() -> None:
    """A state of 42 MB passes in less than 2 MB."""
    source = Endless(20_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in state_resources(source))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (count, source.characters > 40_000_000) == (20_000, True)
    assert peak < 2_000_000
