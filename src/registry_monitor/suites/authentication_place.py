"""One place that takes keys, and how it is asked with keys of all kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import JsonValue

from registry_monitor.clients.http import Answer, HttpError, Key
from registry_monitor.model import Attempt, Check, Outcome, SuiteName
from registry_monitor.suites.asking import Question, fetch, no_answer
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.key_refusals import KeyRules, Refusal, judge_acceptance, judge_refusal
from registry_monitor.target import Authentication, Expectation, KeyHeader, ProtectedPlace


@dataclass(frozen=True)
class KeyedPlace:
    """A place that takes keys. Keys of the target travel nowhere but to its own URL."""

    context: SuiteContext
    authentication: Authentication
    place: ProtectedPlace
    method: str = "GET"
    json_body: JsonValue = None

    @property
    def subject(self) -> str:
        """How sentences name it."""
        return f"{self.place.id} at {self.host}"

    @property
    def host(self) -> str | None:
        """The host whose concurrency it counts against."""
        return urlsplit(self.place.url).hostname

    @property
    def told(self) -> str:
        """As ``plan`` prints a request to it."""
        return f"{self.method} {self.place.url}"

    @property
    def key_name(self) -> str:
        """The valid key that it is asked with: the monitor's own, or one of its own."""
        return self.place.key or self.context.target.keys.monitor

    @property
    def judge(self) -> str:
        """The role of the service that judges keys for it: the one that all ask, or itself."""
        return self.authentication.service or self.place.service

    @property
    def rules(self) -> KeyRules:
        """How it answers keys."""
        authentication, place = self.authentication, self.place
        return KeyRules(
            missing=place.missing or authentication.missing,
            invalid=place.invalid or authentication.invalid,
            accepted=place.accepted,
            behind=self.context.target.mlflow.proxy_texts,
            judge="the authentication service" if authentication.service else place.service,
        )

    @property
    def header(self) -> KeyHeader:
        """The way to send a key that it takes first of all."""
        return self.named(self.place.takes[0])

    @property
    def accepted_check(self) -> str:
        """The check without which no refusal of this place proves anything: that it accepts a valid key at all."""
        return self.accepted_check_of(self.header)

    def accepted_check_of(self, header: KeyHeader) -> str:
        """The check that it accepts a valid key sent in this way."""
        return f"{SuiteName.AUTHENTICATION}.accepted.{self.place.id}.{header.id}"

    def check(self, name: str, run: Callable[[Attempt], Outcome], requests: int = 1) -> Check:
        """A check that asks here; it accuses the service that answers here."""
        return Check(
            id=f"{SuiteName.AUTHENTICATION}.{name}",
            suite=SuiteName.AUTHENTICATION,
            subject=self.subject,
            run=run,
            host=self.host,
            service=self.place.service,
            requests=(self.told,) * requests,
        )

    def named(self, header: str) -> KeyHeader:
        """The way to send a key of this id."""
        return next(each for each in self.authentication.headers if each.id == header)

    def key(self, name: str, header: KeyHeader | None = None) -> Key:
        """A key of the target, by name."""
        header = header or self.header
        return Key(name, header)

    def bare(self, value: str, header: KeyHeader | None = None) -> dict[str, str]:
        """The header of a key that is none of the target's."""
        return (header or self.header).carrying(value)

    def fetch(self, attempt: Attempt, *, key: Key | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask. Raises HttpError where no answer came, CannotTellError."""
        return fetch(self.context, attempt, self._question(self.place.accepted, key, headers))

    def refuses(
        self, attempt: Attempt, refusal: Refusal, *, key: Key | None = None, headers: Mapping[str, str] | None = None
    ) -> Outcome:
        """Ask, and judge that it is refused. Raises CannotTellError."""
        try:
            answer = self.fetch(attempt, key=key, headers=headers)
        except HttpError as error:
            return self.silence(error, refusal.expect)
        return judge_refusal(answer, refusal, self.rules, self.authentication.budget_ms)

    def accepts(self, attempt: Attempt, key: Key, sent: str, headers: Mapping[str, str] | None = None) -> Outcome:
        """Ask, and judge that the key is taken. ``sent``: what it is called. Raises CannotTellError."""
        try:
            answer = self.fetch(attempt, key=key, headers=headers)
        except HttpError as error:
            return self.silence(error)
        return judge_acceptance(answer, sent, self.rules, self.authentication.budget_ms)

    def silence(self, error: HttpError, expect: Expectation | None = None) -> Outcome:
        """The outcome where no answer came."""
        return no_answer(self._question(expect or self.place.accepted, None, None), error)

    def _question(self, expect: Expectation, key: Key | None, headers: Mapping[str, str] | None) -> Question:
        return Question(
            url=self.place.url,
            expect=expect,
            method=self.method,
            key=key,
            headers=headers,
            json_body=self.json_body,
            budget_ms=self.authentication.budget_ms,
        )
