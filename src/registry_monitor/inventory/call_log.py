"""What becomes of each call of AWS, by its IAM action: whether every single one is allowed and reachable."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from registry_monitor.inventory.aws import ClientOf, aws_client
from registry_monitor.inventory.aws_errors import explain, is_about_the_question
from registry_monitor.inventory.data_stores import GET_ENCRYPTION
from registry_monitor.inventory.metrics import GET_METRIC_DATA

# Where IAM has another name than the API (AWS service authorization reference).
_IAM_ACTIONS = {"GetBucketEncryption": GET_ENCRYPTION, "HeadBucket": "s3:ListBucket", "GetMetricData": GET_METRIC_DATA}


class CallLog:
    """Hears every call that clients of its ``client_of`` make.

    ``outcomes``: None for a call that AWS has answered, be it with "there is none"; else what kept it, in a sentence. A
    call that was answered once and refused for something else is refused.
    ``clock_ahead_s``: of this machine's clock before that of AWS; None where AWS has not answered.
    """

    def __init__(self, client_of: ClientOf = aws_client) -> None:
        self._client_of = client_of
        self._heard: set[tuple[str, str]] = set()
        self.outcomes: dict[str, str | None] = {}
        self.clock_ahead_s: float | None = None

    def client_of(self, service: str, region: str) -> Any:
        """A client, as ``aws_client`` gives it."""
        client = self._client_of(service, region)
        if (service, region) not in self._heard:
            self._heard.add((service, region))
            signing_name = client.meta.service_model.signing_name
            client.meta.events.register("after-call", partial(self._on_answer, signing_name))
            client.meta.events.register("after-call-error", partial(self._on_silence, signing_name))
        return client

    def _on_answer(
        self, signing_name: str, http_response: Any, parsed: Mapping[str, Any], model: Any, **_: Any
    ) -> None:
        self._compare_clocks(http_response.headers.get("Date"))
        call = _iam_action(signing_name, model.name)
        error = ClientError(parsed, model.name) if http_response.status_code >= 300 else None
        if error is None or is_about_the_question(error):
            self.outcomes.setdefault(call, None)
        else:
            self.outcomes[call] = explain(call, error)

    def _on_silence(self, signing_name: str, exception: Exception, event_name: str, **_: Any) -> None:
        call = _iam_action(signing_name, event_name.rpartition(".")[2])
        self.outcomes[call] = explain(call, exception)

    def _compare_clocks(self, date: str | None) -> None:
        """The smallest difference counts: the others have an answer's way in them."""
        try:
            ahead_s = time.time() - parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return
        if self.clock_ahead_s is None or abs(ahead_s) < abs(self.clock_ahead_s):
            self.clock_ahead_s = ahead_s


def _iam_action(signing_name: str, operation: str) -> str:
    return _IAM_ACTIONS.get(operation, f"{signing_name}:{operation}")
