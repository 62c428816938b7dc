"""The pages as the function publishes them: out of the bucket of the sandbox, over HTTP, in a real browser."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser

from registry_monitor import handler
from registry_monitor.inventory import aws
from tests.browser.opening import DESKTOP, PHONE, complaints, opened
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken

LIGHT = {"depth": "light", "reason": "schedule"}
CONTEXT: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000)


@pytest.fixture(scope="module")
def published(sandbox_of: Callable[[Era], Sandbox]) -> dict[str, str]:
    """Two runs of a platform whose database is stopped have opened an incident: name → URL of each page."""
    sandbox = sandbox_of("head")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        aws.forget_clients()
        with broken(sandbox, "MLF-01"):
            answer = [handler.lambda_handler(LIGHT, CONTEXT) for _ in range(2)][-1]
    aws.forget_clients()
    folder = answer["report"].removeprefix(f"s3://{REPORTS_BUCKET}/").rpartition("/")[0]
    keys = {"page": f"{folder}/index.html", "public": "hokusai-development/public/status.html"}
    sign = sandbox.world.s3.generate_presigned_url
    return {name: sign("get_object", Params={"Bucket": REPORTS_BUCKET, "Key": key}) for name, key in keys.items()}


@pytest.mark.parametrize("scripting", [True, False], ids=["scripting", "no scripting"])
def test_page__says_on_its_first_screen_what_is_broken_since_when_and_what_to_do(
    browser: Browser, published: dict[str, str], *, scripting: bool
) -> None:
    """At 1280×800, with scripting and without; below it stands what was before."""
    with opened(browser, published["page"], DESKTOP, scripting=scripting) as page:
        for text in ("Failing", "Failing since", "The database hokusai-mlflow-development is stopped", "Fix", "Start"):
            box = page.page.get_by_text(text).first.bounding_box()
            assert box is not None and box["y"] + box["height"] <= DESKTOP["height"], text
        assert page.page.locator("#history .incidents li").count() == 1
        assert page.problems == []


def test_public_page__answers_third_parties_and_names_nothing(browser: Browser, published: dict[str, str]) -> None:
    """It fits a phone, is told nothing of the database, and axe has nothing against it."""
    with opened(browser, published["public"], PHONE) as page:
        text = page.page.inner_text("body")
        assert "Models cannot be registered" in text and "so far" in text
        assert "database" not in text and "hokusai" not in text
        assert page.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert complaints(page) == []
