"""Target files of any kind: valid, or refused whole with every problem named."""

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from registry_monitor.target import Target, TargetError, load_target, parse_target
from tests.unit.generated import json_values, nested, spoilt, texts
from tests.unit.target.small import SMALL

_BOMB = "a: &a [x, x]\n" + "".join(f"{each}: &{each} [*{chr(ord(each) - 1)}, x]\n" for each in "bcdefghijkl")
_DEEP_SCHEMA = yaml.safe_load(SMALL) | {
    "endpoints": [{"id": "deep", "service": "api", "url": "https://a.example/", "expect": {"body_schema": {}}}]
}
for _ in range(150):
    _DEEP_SCHEMA["endpoints"][0]["expect"]["body_schema"] = {
        "not": _DEEP_SCHEMA["endpoints"][0]["expect"]["body_schema"]
    }


def refused_or_valid(text: str) -> TargetError | None:
    """The refusal, whose words any terminal and log can hold; else None."""
    try:
        assert isinstance(parse_target(text, "any.yaml"), Target)
    except TargetError as error:
        assert error.problems
        assert str(error).encode()
        return error
    return None


@given(st.text(st.characters(codec=None), max_size=200) | json_values.map(yaml.dump))
@example("name: !!bool x")
@example("name: !!timestamp x")
@example("name: !!int ''")
@example(f"name: 0x{'f' * 9999}")
@example("name: 0b_")
@example(nested(1000))
@example(nested(200, "{a: ", "}"))
@example(_BOMB)
@example("a: &a\n  b: *a")
@example("name: \ud800")
def test_text_of_any_kind__is_refused_in_words(text: str) -> None:
    """Whatever stands in the file, the only error is TargetError; no text as odd as these is a target."""
    assert refused_or_valid(text) is not None


@given(spoilt(yaml.safe_load(SMALL)))
@example(_DEEP_SCHEMA)
def test_target_with_one_thing_wrong__is_valid_or_refused(document: Any) -> None:
    """A key that is gone, unknown, or of another type: what was not refused is a target."""
    text = yaml.dump(document, Dumper=_WithoutAliases, allow_unicode=True)
    error = refused_or_valid(text)
    assert error is not None or parse_target(text, "again.yaml").name


class _WithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


@given(texts)
@example("a\0/b")
@example("\ud800.yaml")
@example("/dev/zero")
@example("/proc/self/environ")
@example("/")
def test_name_or_path_of_any_kind__is_refused_in_words(name: str) -> None:
    """An event may name any target: what is none is refused, a device is not read, and nothing of a file is told."""
    with pytest.raises(TargetError) as caught:
        load_target(name)
    assert ascii(caught.value)


_MISTAKES = {
    "region: us-east-1": "region: somewhere",
    "cluster: small-cluster": "cluster: [small, cluster]",
    "container_port: 8001": "container_port: many",
    "reader_key: second": "reader_key: third",
    "id: to-auth": "id: To Auth",
    "depth: light": "depth: deep",
}


@given(st.sets(st.sampled_from(sorted(_MISTAKES)), min_size=2))
def test_problems__are_all_told_at_once(made: set[str]) -> None:
    """Of several mistakes at places of their own, each is told."""
    text = SMALL
    for each in made:
        text = text.replace(each, _MISTAKES[each], 1)
    error = refused_or_valid(text)
    assert error is not None
    assert len(error.problems) == len(made)
