"""One request to the platform, judged by what the target file expects: the way in which most checks ask."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import JsonValue

from registry_monitor.clients.http import Answer, HttpError, Key
from registry_monitor.clients.vantage import is_inside_vpc
from registry_monitor.model import Attempt, CannotTellError, Outcome
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.expecting import describe, difference, evidence_of
from registry_monitor.target import Authentication, Expectation

TOO_MANY_REQUESTS = 429  # nothing is asked again against a rate limit

# Inside the VPC these two may say more of the monitor's own place than of the platform.
_CANNOT_BE_TOLD = {
    "name": "no internal name of the platform resolves here: this may not be its VPC",
    "connect timeout": "the platform may not have opened this port to the monitor's security group",
}


@dataclass(frozen=True)
class Question:
    """One request and its right answer. ``inside_vpc``: asked by a name or address of the platform's network."""

    url: str
    expect: Expectation
    method: str = "GET"
    key: Key | str | None = None
    headers: Mapping[str, str] | None = None
    json_body: JsonValue = None
    budget_ms: float | None = None
    inside_vpc: bool = False

    @property
    def host(self) -> str | None:
        """The host whose concurrency it counts against."""
        return urlsplit(self.url).hostname

    @property
    def told(self) -> str:
        """As ``plan`` prints it."""
        return f"{self.method} {self.url}"


def fetch(context: SuiteContext, attempt: Attempt, question: Question) -> Answer:
    """Ask. Raises HttpError where no answer came, CannotTellError where that says nothing of the platform."""
    try:
        return context.http.request(
            attempt,
            question.method,
            question.url,
            key=question.key,
            headers=question.headers,
            json_body=question.json_body,
        )
    except HttpError as error:
        is_platforms = error.kind == "name" and _another_name_resolves(context, question)
        if question.inside_vpc and error.kind in _CANNOT_BE_TOLD and not is_platforms:
            raise CannotTellError(f"{_CANNOT_BE_TOLD[error.kind]} ({error})") from error
        raise


def _another_name_resolves(context: SuiteContext, question: Question) -> bool:
    """Whether this is the platform's VPC all the same: then the name alone is missing, which its callers feel too."""
    others = [each.url for each in context.target.endpoints if each.inside_vpc]
    return is_inside_vpc(url for url in others if urlsplit(url).hostname != question.host)


def ask(context: SuiteContext, attempt: Attempt, question: Question) -> Outcome:
    """Ask and judge. Raises CannotTellError."""
    try:
        answer = fetch(context, attempt, question)
    except HttpError as error:
        return no_answer(question, error)
    return judge(answer, question)


def no_answer(question: Question, error: HttpError) -> Outcome:
    """The outcome of a question to which no answer came."""
    evidence: dict[str, JsonValue] = {"url": question.url, "error": error.kind}
    return Outcome.judge(False, expected=describe(question.expect), seen=str(error), evidence=evidence)


def judge(answer: Answer, question: Question) -> Outcome:
    """PASS, SLOW or FAIL by the question's expectation and budget.

    Raises CannotTellError where a body is larger than what is read of it, so that it cannot be judged.
    """
    differs = difference(answer, question.expect)
    in_body = differs is not None and not differs.startswith("status ")
    if in_body and answer.is_truncated:
        raise CannotTellError(f"its body is larger than the {len(answer.body)} bytes that are read of it")
    return Outcome.judge(
        differs is None,
        expected=describe(question.expect),
        seen=f"{answer.describe()}, {differs}" if in_body else answer.describe(),
        evidence=evidence_of(answer, has_key=question.key is not None),
        latency_ms=answer.elapsed_ms,
        budget_ms=question.budget_ms,
        is_final=answer.status == TOO_MANY_REQUESTS,
    )


def fresh_bad_key(authentication: Authentication) -> str:
    """A random key that nobody has been given, with the documented prefix by which it can be filtered."""
    return f"{authentication.bad_key_prefix}{secrets.token_hex(12)}"
