"""Opens a page as a reader would, and notes what the browser asks for and complains of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, cast

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass
class Opened:
    """An open page, the URLs that it asked for, and what was written to the browser's console."""

    page: Page
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser, url: str, size: ViewportSize, *, scheme: str = "light", scripting: bool = True
) -> Iterator[Opened]:
    """One page in a fresh profile."""
    colors = cast("Literal['light', 'dark']", scheme)
    context = browser.new_context(viewport=size, color_scheme=colors, java_script_enabled=scripting)
    try:
        made = Opened(context.new_page())
        made.page.on("request", lambda request: made.requests.append(request.url))
        made.page.on("console", lambda message: made.problems.append(message.text))
        made.page.goto(url)
        yield made
    finally:
        context.close()


def complaints(opened_page: Opened) -> list[str]:
    """What axe has against a page, with all of it unfolded."""
    opened_page.page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    found = Axe().run(opened_page.page).response["violations"]
    return [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"][:3]]
