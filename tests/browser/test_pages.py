"""The HTML pages as a reader has them: in a real browser, over HTTP, with scripting on and off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from registry_monitor.reports.page import index_page
from registry_monitor.reports.public_status import PUBLIC_HTML, public_documents
from registry_monitor.run import Run
from tests.browser.opening import DESKTOP, PHONE, complaints, opened
from tests.unit.reports import diagnosed, month, samples
from tests.unit.reports.test_page_load import measured

FILES = ("MODEL_REGISTRATION_TEST_REPORT.md", "run.json")
PUBLIC = "public"
RUNS: dict[str, Callable[[], Run]] = {
    "healthy": samples.healthy,
    "stopped database": diagnosed.stopped_database,
    "hostile": diagnosed.hostile,
    "load": lambda: measured(100.0, 200.0, 900.0),
}


@pytest.fixture(scope="session")
def url_of(put_page: Callable[[str, str], str]) -> Callable[[Run], str]:
    return lambda run: put_page("index.html", index_page(run, FILES, month.history()))


@pytest.fixture(scope="session")
def url_of_page(put_page: Callable[[str, str], str], url_of: Callable[[Run], str]) -> Callable[[str], str]:
    """The URL of a page by its name: that of a run, or that for third parties."""

    def url(name: str) -> str:
        if name != PUBLIC:
            return url_of(RUNS[name]())
        return put_page("status.html", public_documents(diagnosed.stopped_database(), month.history())[PUBLIC_HTML])

    return url


def bottom(page: Page, text: str) -> float:
    """Where the first element with this text ends, in pixels from the top."""
    box = page.get_by_text(text).first.bounding_box()
    assert box is not None, f"{text!r} is not shown"
    return box["y"] + box["height"]


@pytest.mark.parametrize("scripting", [True, False], ids=["scripting", "no scripting"])
@pytest.mark.parametrize("make", [diagnosed.stopped_database, diagnosed.missing_service])
def test_first_screen__has_verdict_cause_proof_and_fix(
    browser: Browser, url_of: Callable[[Run], str], make: Callable[[], Run], *, scripting: bool
) -> None:
    """At 1280×800 nobody has to scroll to know what is wrong, why it is believed and what to do."""
    run = make()
    cause = run.causes[0]
    with opened(browser, url_of(run), DESKTOP, scripting=scripting) as page:
        wanted = ("Failing", cause.statement, cause.proofs[0].told, cause.fix.told[:40])
        assert {text: bottom(page.page, text) <= DESKTOP["height"] for text in wanted} == dict.fromkeys(wanted, True)
        assert page.problems == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["stopped database", "hostile", PUBLIC])
def test_page__fits_the_screen_and_asks_for_nothing(
    browser: Browser, url_of_page: Callable[[str], str], name: str, size: ViewportSize
) -> None:
    """Nothing sticks out at the side, nothing else is loaded, and the browser has nothing to complain of."""
    with opened(browser, url_of_page(name), size) as page:
        page.page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
        assert page.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.requests == [page.page.url]
        assert page.problems == []


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("healthy", "light"),
        ("stopped database", "light"),
        ("stopped database", "dark"),
        ("load", "light"),
        (PUBLIC, "dark"),
    ],
)
def test_axe__finds_nothing(browser: Browser, url_of_page: Callable[[str], str], name: str, scheme: str) -> None:
    """An accessibility checker has nothing to say, with everything unfolded, in either colour scheme."""
    with opened(browser, url_of_page(name), DESKTOP, scheme=scheme) as page:
        assert complaints(page) == []


def test_print__has_what_is_folded_on_a_screen(browser: Browser, url_of_page: Callable[[str], str]) -> None:
    """On paper nobody can unfold the change and the commands, nor follow a link to a file; paper is light."""
    with opened(browser, url_of_page("stopped database"), DESKTOP, scheme="dark") as page:
        whole, files = page.page.locator("#cause-1 .whole"), page.page.locator("#files")
        assert (whole.is_visible(), files.is_visible()) == (False, True)
        page.page.emulate_media(media="print")
        assert (whole.is_visible(), files.is_visible()) == (True, False)
        assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.page.evaluate("getComputedStyle(document.body).color") == "rgb(23, 26, 33)"


def test_axe__finds_what_is_wrong(browser: Browser, put_page: Callable[[str, str], str]) -> None:
    """The checker does look: a page with grey on grey and a picture without words does not pass."""
    bad = "<!doctype html><title>x</title><p style='color:#888;background:#999'>grey on grey</p><img src='data:,'>"
    with opened(browser, put_page("bad.html", bad), DESKTOP) as page:
        assert {"color-contrast", "image-alt"} <= {each.partition(":")[0] for each in complaints(page)}


def test_hostile_page__runs_nothing(browser: Browser, url_of: Callable[[Run], str]) -> None:
    """No script of a platform's answers runs: none is in the page, and its policy would forbid it."""
    attack = "</style></title><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    with opened(browser, url_of(diagnosed.hostile(attack)), DESKTOP) as page:
        assert "owned" not in page.page.title().split("<")[0]
        assert page.page.locator("img, script").count() == 0
        page.page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran=1'}))"
        )
        assert page.page.evaluate("window.ran") is None
