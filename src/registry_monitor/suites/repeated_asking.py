"""One endpoint, asked many times one after another: does it always answer rightly, and how fast."""

import math

from pydantic import JsonValue

from registry_monitor.clients.http import HttpError
from registry_monitor.model import Attempt, CannotTellError, Outcome
from registry_monitor.suites.asking import TOO_MANY_REQUESTS, Question, fetch
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.expecting import describe, difference
from registry_monitor.suites.load_figures import percentiles
from registry_monitor.target import Performance

_ENOUGH_WRONG = 3  # wrong answers after which no more are asked for


def ask_often(context: SuiteContext, attempt: Attempt, question: Question) -> Outcome:
    """Make the target's number of requests, fewer when the level is lost already. Raises CannotTellError."""
    levels = context.target.performance
    may_be_slow = levels.samples - math.ceil(levels.samples * 0.95)
    samples_ms: list[float] = []
    problems: list[str] = []
    for _ in range(levels.samples):
        try:
            answer = fetch(context, attempt, question)
        except HttpError as error:
            problems.append(str(error))
        except CannotTellError:
            if not problems:
                raise
            break  # the time or the budget is over, and enough is known
        else:
            if difference(answer, question.expect) is None:
                samples_ms.append(answer.elapsed_ms)
            else:
                problems.append(answer.describe())
            if answer.status == TOO_MANY_REQUESTS:
                break
        slow = sum(each_ms > levels.health_ms for each_ms in samples_ms)
        if len(problems) >= _ENOUGH_WRONG or slow > may_be_slow:
            break
    return judge_samples(samples_ms, problems, question, levels)


def judge_samples(samples_ms: list[float], problems: list[str], question: Question, levels: Performance) -> Outcome:
    """PASS when all were right and the 95th percentile is within the service level. Never asked again: it is many."""
    asked = len(samples_ms) + len(problems)
    figures = percentiles(samples_ms)
    expected = f"always {describe(question.expect)}, within {levels.health_ms:g} ms (p95)"
    evidence: dict[str, JsonValue] = {"asked": asked, "wrong": len(problems), **figures}
    if problems:
        seen = f"was wrong {len(problems)} of {asked} times, at first: it {problems[0]}"
        return Outcome.judge(False, expected=expected, seen=seen, evidence=evidence, is_final=True)
    p95_ms = figures["p95_ms"]
    return Outcome.judge(
        p95_ms <= levels.health_ms,
        expected=expected,
        seen=f"answered in {p95_ms:g} ms (p95 of {asked})",
        evidence=evidence,
        latency_ms=p95_ms,
        budget_ms=levels.health_ms,
        is_final=True,
    )
