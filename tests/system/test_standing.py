"""The last full verdict between runs of the function: told again by light runs, asked again, and mended."""

import pytest

from registry_monitor import handler
from registry_monitor.outputs.standing import StandingStore
from registry_monitor.outputs.state_store import S3StateStore
from registry_monitor.standing import REPEATS
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken
from tests.system.deployed_function import FULL, LIGHT, LambdaContext, metrics, s3


def test_light_runs__tell_ask_again_and_mend_what_a_full_run_alone_has_seen(
    deployed: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """The API takes a key from one header alone: light runs have no such check, but know of it, until it is mended."""
    with broken(deployed, "AUT-11"):
        handler.lambda_handler(FULL | {"suites": "all"}, LambdaContext())
        full = metrics(capsys.readouterr().out)
        answer = handler.lambda_handler(LIGHT, LambdaContext())
        light = metrics(capsys.readouterr().out)
    handler.lambda_handler(LIGHT, LambdaContext())
    mended = metrics(capsys.readouterr().out)
    score = "AuthenticationScorePct"
    assert (answer["status"], light["CoreFailures"], light["RegistrationScorePct"]) == ("FAILING", [0.0], [100.0])
    assert full[score] == light[score] < mended[score]
    assert (light["failed_checks"], light["depth"]) == (light["failed_checks"], "light")
    assert set(light["failed_checks"]) <= set(full["failed_checks"])
    assert mended["ChecksFailed"] == [0.0]
    store = S3StateStore(REPORTS_BUCKET, "hokusai-development", "us-east-1", s3(deployed))
    kept = StandingStore(store).read()
    assert kept.standing and kept.standing.repeats_left == REPEATS - 2
    assert kept.standing.failed == ()
