"""How keys are sent: data of the target file."""

import pytest
from pydantic import ValidationError

from registry_monitor.target import BEARER, KeyForm, Keys

BASIC = {"prefix": "Basic ", "encoding": "base64"}


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        (BEARER, {"Authorization": "Bearer us:fake"}),
        (KeyForm(header="X-Token"), {"X-Token": "us:fake"}),
        (KeyForm.model_validate(BASIC), {"Authorization": "Basic dXM6ZmFrZQ=="}),
    ],
)
def test_form__is_the_header_with_the_key(form: KeyForm, sent: dict[str, str]) -> None:
    """A key of HTTP Basic stands in the secret as people know it, user:password."""
    assert form.carrying("us:fake") == sent


@pytest.mark.parametrize(
    ("form", "is_basic"),
    [
        ({"prefix": "Basic "}, True),
        ({"prefix": "basic "}, True),
        ({"prefix": "Bearer "}, False),
        ({"header": "X"}, False),
    ],
)
def test_basic__is_told_by_its_scheme(form: dict[str, str], is_basic: bool) -> None:
    """Whether a login of MLflow's own is what the platform wants depends on it."""
    assert KeyForm.model_validate(form).is_basic is is_basic


def test_key_of_another_form__is_sent_in_its_own() -> None:
    """A platform may have a key of another kind for each of its services."""
    forms = {"sent_as": BASIC, "sent_otherwise": {"b": {"header": "X-B"}}}
    keys = Keys.model_validate({"secret": "s", "names": ["a", "b"], "monitor": "a", **forms})
    assert [keys.form_of(name).carrying("fake") for name in ("a", "b")] == [
        {"Authorization": "Basic ZmFrZQ=="},
        {"X-B": "fake"},
    ]


def test_key_sent_otherwise__must_be_one_of_the_target() -> None:
    """A name that was mistyped would leave its key to be sent in the wrong way."""
    with pytest.raises(ValidationError, match=r"expected keys of keys.names in sent_otherwise; got c"):
        Keys(secret="s", names=("a", "b"), monitor="a", sent_otherwise={"c": BEARER})
