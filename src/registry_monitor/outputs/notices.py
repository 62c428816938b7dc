"""Publishes a notice to the topic of notices (sns:Publish), under the key of its incident."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.outputs.clients import brief_client, within
from registry_monitor.reports.notice import Notice

_CONNECT_S, _READ_S = 1.0, 2.0  # what is not told in time is told by the next run


class NoticeError(Exception):
    """A notice could not be published: which, why, and what to do."""


class NoticeTopic:
    """The topic of notices, by its ARN."""

    def __init__(self, arn: str, sns_client: Any = None) -> None:
        self._arn = arn
        self._made = sns_client

    def publish(self, notice: Notice) -> None:
        """Publish one notice. Raises NoticeError."""
        attributes = {"incident": notice.incident, "step": str(notice.step)}
        try:
            asked = {
                "TopicArn": self._arn,
                "Subject": notice.subject,
                "Message": notice.body,
                "MessageAttributes": {
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            }
            within(_CONNECT_S + _READ_S, lambda: self._client().publish(**asked))
        except (ClientError, BotoCoreError, ValueError) as error:
            remedy = "The monitor's role needs sns:Publish on it and the use of its key, and its network a way to SNS"
            told = f"the notice of {notice.incident} ({notice.step}) could not be published to {self._arn}"
            raise NoticeError(f"{told}: {type(error).__name__} ({error}). {remedy}") from error

    def _client(self) -> Any:
        if self._made is None:
            region = self._arn.split(":")[3]
            self._made = brief_client("sns", region, connect_s=_CONNECT_S, read_s=_READ_S)
        return self._made
