"""What `check` takes: URLs and keys that cannot be right are refused before anything is asked, and never shown."""

import io

import pytest

from registry_monitor.invocation import InvocationError
from registry_monitor.terminal.check import tracking_uri, usable_key


@pytest.mark.parametrize("url", ["https://a.example.com/api/mlflow", " https://a.example.com/api/mlflow// "])
def test_url__is_used_without_slashes_at_its_end(url: str) -> None:
    """As the MLflow client does."""
    assert tracking_uri(url) == "https://a.example.com/api/mlflow"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("registry.example.com", "no http"),
        ("file:///mlruns", "no http"),
        ("https://", "no http"),
        ("https://[", "no URL"),
        ("https://a.example.com:99999/", "no URL"),
        ("https://me:fake-secret@a.example.com/", "user or a password"),
        ("https://a.example.com/mlflow/#/experiments/0", "from a browser"),
        ("https://a.example.com/?api_key=fake-secret", "from a browser"),
    ],
)
def test_wrong_url__is_refused_and_nothing_secret_is_repeated(url: str, problem: str) -> None:
    """Each with what to do."""
    with pytest.raises(InvocationError, match=problem) as caught:
        tracking_uri(url)
    assert "fake-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no key was given"),
        (" \n", "no key was given"),
        ("Bearer fake-key-1", "spaces or quotes"),
        ('"fake-key-1"', "spaces or quotes"),
        ("fake-key\x00-1", "no header can carry"),
        ("fäke-key-1", "no header can carry"),
        ("key-1", "5 characters"),
    ],
)
def test_wrong_key__is_refused_and_not_repeated(text: str, problem: str) -> None:
    """It would be refused anyway, or could not be kept out of the output."""
    with pytest.raises(InvocationError, match=problem) as caught:
        usable_key(text)
    assert not text.strip() or text.strip() not in str(caught.value)


def test_key__loses_the_line_end_it_came_with() -> None:
    """From a pipe."""
    assert usable_key(io.StringIO(" fake-key-1\r\n").readline()) == "fake-key-1"
