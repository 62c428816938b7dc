"""A registered model behind the platform's serving endpoint, asked as MLflow's scoring protocol has it.

``{"inputs": [rows]}`` is answered by ``{"predictions": [one a row]}`` (MLflow, "Local Inference Server", 2.x and 3.x).
"""

from collections.abc import Sequence

from pydantic import JsonValue

from registry_monitor.clients.http import Answer, HttpError
from registry_monitor.model import Attempt, Outcome
from registry_monitor.suites.asking import TOO_MANY_REQUESTS
from registry_monitor.suites.context import SuiteContext

EXPECTED = "200 with the predictions that the model gives here"


def serving_url(context: SuiteContext, model_name: str) -> str | None:
    """The endpoint of a model; null where the target names none."""
    url = context.target.mlflow.serving_url
    return None if url is None else url.replace("{model}", model_name)


def ask_served_model(
    context: SuiteContext, attempt: Attempt, url: str, rows: Sequence[Sequence[float]], wanted: Sequence[float]
) -> Outcome:
    """Send rows, and compare what comes back with what the model predicts here."""
    body: JsonValue = {"inputs": [list(row) for row in rows]}
    try:
        answer = context.http.request(attempt, "POST", url, key=context.target.keys.monitor, json_body=body)
    except HttpError as error:
        return Outcome.judge(False, expected=EXPECTED, seen=str(error), evidence={"url": url, "error": error.kind})
    return judge_predictions(answer, wanted)


def judge_predictions(answer: Answer, wanted: Sequence[float]) -> Outcome:
    """PASS only for the same predictions in the same order."""
    predictions = _predictions(answer)
    if answer.status != 200:
        seen = answer.describe()
    elif predictions is None:
        seen = f"{answer.describe()} with a body without predictions"
    else:
        differing = sum(there != here for there, here in zip(predictions, wanted, strict=False))
        differing += abs(len(predictions) - len(wanted))
        seen = f"{answer.describe()} with {len(predictions)} predictions, {differing} of them not those of the model"
    return Outcome.judge(
        answer.status == 200 and predictions == list(wanted),
        expected=EXPECTED,
        seen=seen,
        evidence=answer.evidence(),
        latency_ms=answer.elapsed_ms,
        is_final=answer.status == TOO_MANY_REQUESTS,
    )


def _predictions(answer: Answer) -> list[JsonValue] | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    predictions = body.get("predictions") if isinstance(body, dict) else None
    return predictions if isinstance(predictions, list) else None
