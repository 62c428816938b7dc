"""Answers of AWS as its own service models (those that botocore ships) allow them, members gone or odd among them."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from hypothesis import strategies as st

from tests.unit.generated import json_values, texts

_MOST_LEVELS = 8  # recursive shapes end there
_MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.just(datetime(1, 1, 1, tzinfo=UTC))
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "timestamp": _MOMENTS,
    "integer": st.integers(-1, 2**31),
    "long": st.integers(-1, 2**63),
    "float": st.floats(allow_nan=False),
    "double": st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "blob": st.binary(max_size=10),
}


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def answers_of(service: str, operation: str) -> st.SearchStrategy[Any]:
    """Answers of one operation: mostly as its model has them; in some a member is gone, or of another type."""
    return _of_shape(_model(service).operation_model(operation).output_shape, 0)


def _of_shape(shape: Shape | None, level: int) -> st.SearchStrategy[Any]:
    if shape is None or level > _MOST_LEVELS:
        return st.none()
    match shape:
        case StructureShape():
            return _structure(shape, level)
        case ListShape():
            return st.lists(_of_shape(shape.member, level + 1), max_size=2)
        case MapShape():
            return st.dictionaries(texts, _of_shape(shape.value, level + 1), max_size=2)
        case StringShape():
            return st.sampled_from(shape.enum) | texts if shape.enum else texts
    return _SCALARS[shape.type_name]


def _structure(shape: StructureShape, level: int) -> st.SearchStrategy[Any]:
    members = {name: _of_shape(each, level + 1) for name, each in shape.members.items()}
    whole = st.fixed_dictionaries(members)
    lacking = st.fixed_dictionaries({}, optional=members)
    odd = st.fixed_dictionaries({}, optional=dict.fromkeys(members, json_values))
    return st.sampled_from([whole] * 6 + [lacking] * 2 + [odd]).flatmap(lambda chosen: chosen)
