"""The history's part of the page: strips, plots and incidents say what the history says, and no more."""

from datetime import timedelta

from registry_monitor.reports.page import index_page
from registry_monitor.reports.page_history import CellState, failing_since, known_since, suite_histories
from registry_monitor.reports.page_plots import WIDTH, plots
from registry_monitor.state.history_documents import OVERALL, HistoryDocument
from tests.unit.reports import diagnosed, month, samples
from tests.unit.reports.html_structure import elements, text_of

LIMIT_BYTES = 300_000


def cells(suite: str, window: str) -> list[CellState]:
    """The cells of a strip."""
    suites = {each.suite: each for each in suite_histories(month.history(), month.END)}
    return [cell.state for strip in suites[suite].strips if strip.window == window for cell in strip.cells]


def test_strip__shows_what_was_down_where_it_was() -> None:
    """Registration is down since an hour, from 8:15 to 9:15; the day of the deployment is partly so."""
    day = cells(month.REGISTRATION, "24h")
    assert day[-3:] == [CellState.PARTLY, CellState.DOWN, CellState.DOWN]
    assert set(day[:-3]) == {CellState.UP}
    thirty = cells(month.REGISTRATION, "30d")
    assert [place for place, state in enumerate(thirty) if state is not CellState.UP] == [3, 29]
    assert thirty[3] is CellState.PARTLY


def test_strip__three_hours_of_this_week_are_where_they_were() -> None:
    """What was rolled up into hours stands where it happened: most of one cell, and 15 minutes of the next."""
    week = cells(month.AUTHENTICATION, "7d")
    assert [place for place, state in enumerate(week) if state is not CellState.UP] == [35, 36]
    assert week[35:37] == [CellState.DOWN, CellState.PARTLY]
    assert cells(month.ROUTING, "7d") == [CellState.UP] * 56


def test_strip__of_a_time_that_nobody_watched_is_not_known() -> None:
    """No data is never up."""
    first = month.history().model_copy(update={"samples": month.history().samples[-2:], "hours": (), "quarters": ()})
    everything = suite_histories(first.model_copy(update={"rolled_until": None}), month.END)[0]
    assert everything.suite == OVERALL
    states = [cell.state for cell in everything.strips[0].cells]
    assert set(states[:-2]) == {CellState.NOT_KNOWN}
    assert states[-1] is CellState.DOWN


def test_plot__draws_each_quantity_over_a_day_and_over_thirty() -> None:
    """Score, latency and registration, with a value for each place, and each incident of the window shaded."""
    drawn = plots(month.history(), month.history().incidents, month.END)
    assert [(plot.quantity.title[:5], plot.window) for plot in drawn] == [
        (title, window) for title in ("Score", "Laten", "A who") for window in ("24 hours", "30 days")
    ]
    score_of_day, score_of_month, *_ = drawn
    assert [len(plot.shades) for plot in (score_of_day, score_of_month)] == [1, 4]
    assert (score_of_day.places[0].mean, score_of_day.places[-1].mean, score_of_day.top) == (100, 80, 100)
    assert (len(score_of_day.places), len(score_of_month.places)) == (48, 120)
    assert all(0 <= place.x < WIDTH for plot in drawn for place in plot.places)


def test_plot__what_was_never_measured_is_not_drawn() -> None:
    """Without a sample there is no axis without a line."""
    assert plots(HistoryDocument(), (), month.END) == ()


def test_since__is_that_of_the_open_incident_of_the_same_cause() -> None:
    """A cause says since when it is known, and the page since when something fails."""
    began_at = month.END - timedelta(hours=1)
    assert known_since(month.history()) == {(diagnosed.DATABASE_STOPPED.kind, month.SECRET_RESOURCE): began_at}
    assert failing_since(diagnosed.stopped_database(), month.history()) == began_at
    assert failing_since(samples.healthy(), month.history()) is None
    assert failing_since(samples.failing(), None) is None


def test_page__with_thirty_days_says_how_it_was_and_stays_small() -> None:
    """Uptime, error budget and incidents are told in words too, for who does not see the drawings."""
    page = index_page(diagnosed.stopped_database(), ["run.json"], month.history())
    told = text_of(page)
    assert "for 1 h" in told
    assert "Error budget of 30 days: overspent" in told
    assert "1 h so far" in told
    labels = [value for _, attributes in elements(page) for name, value in attributes if name == "aria-label"]
    assert "30d: 100 % up" in labels or any(label and label.startswith("30d: 9") for label in labels)
    assert len(page.encode()) < LIMIT_BYTES


def test_page__hostile_history_changes_no_element_of_it() -> None:
    """The statement of an incident is data of the platform, too."""

    def page(text: str) -> str:
        told = [each.model_copy(update={"statement": text, "suites": (text,)}) for each in month.history().incidents]
        history = month.history().model_copy(update={"incidents": tuple(told)})
        return index_page(samples.healthy(), [], history)

    assert elements(page(samples.HOSTILE)) == elements(page("an ordinary text."))
