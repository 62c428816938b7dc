"""The role of the monitor's functions: what AWS says to a call that its policies do not allow.

Texts: IAM user guide, "Troubleshoot access denied error messages".
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.sandbox.aws.iam.policies import Answer, Policies, Question

_SESSION = "arn:aws:sts::123456789012:assumed-role/registry-monitor/registry-monitor"
_WHY = {
    Answer.NOT_ALLOWED: "because no identity-based policy allows the {action} action",
    Answer.DENIED: "with an explicit deny in an identity-based policy",
}


class Role:
    """Its policies, and what Lambda adds to each question about a call of the function's code (``of_the_code``)."""

    def __init__(self, policies: Policies, of_the_code: Mapping[str, str]) -> None:
        self.policies = policies
        self._of_the_code = of_the_code

    def denial(self, questions: Sequence[Question]) -> str | None:
        """What AWS says to the function's code; None where everything is allowed."""
        for each in questions:
            asked = Question(each.action, each.resource, {**each.context, **self._of_the_code})
            if (answer := self.policies.judge(asked)) is not Answer.ALLOWED:
                return _told(asked, answer)
        return None

    def forbid(self, questions: Sequence[Question]) -> str:
        """What AWS says where the first of these is not allowed."""
        return _told(questions[0], Answer.NOT_ALLOWED)

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        """Take one action away for a while."""
        whole, self.policies = self.policies, self.policies.without(action)
        try:
            yield
        finally:
            self.policies = whole


def _told(question: Question, answer: Answer) -> str:
    why = _WHY[answer].format(action=question.action)
    what = f"{question.action} on resource: {question.resource}"
    return f"User: {_SESSION} is not authorized to perform: {what} {why}"
