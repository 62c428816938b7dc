"""Every error of AWS becomes one sentence that names the call, the error and what to do."""

from collections.abc import Mapping

import botocore.exceptions as errors
import pytest
from pydantic import ValidationError

from registry_monitor.inventory import aws
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.facts import ServiceTarget

CALL = "ecs:DescribeServices"


def refusal(code: str, message: str = "", status: int = 400) -> errors.ClientError:
    """An error that AWS answered, as botocore hands it on."""
    answer: Mapping[str, object] = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return errors.ClientError(answer, "DescribeServices")


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"])
def test_explain__denied(code: str) -> None:
    """Each spelling of a denial names the permission to add."""
    expected = f"{CALL} was denied to the monitor's role ({code}): add {CALL} to its policy"
    assert explain(CALL, refusal(code)) == expected


def test_explain__denied_for_an_action_beside_the_call() -> None:
    """A call may need more than the permission of its own name: AWS tells which one is missing."""
    message = "User: arn is not authorized to perform: iam:PassRole on resource: arn because no policy allows it"
    sentence = explain(CALL, refusal("AccessDeniedException", message))
    assert sentence.startswith(
        "iam:PassRole was denied to the monitor's role (AccessDeniedException): add iam:PassRole"
    )


def test_explain__denied_explicitly() -> None:
    """Adding a permission does not help against an explicit deny; AWS's own words say where it stands."""
    message = "User: arn is not authorized … with an explicit deny in a service control policy"
    sentence = explain(CALL, refusal("AccessDeniedException", message))
    assert "a policy denies it explicitly, lift that deny" in sentence
    assert sentence.endswith(f"AWS says: {message}")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refusal("ThrottlingException"), "was throttled by AWS (ThrottlingException), also when asked again"),
        (refusal("RequestLimitExceeded", status=503), "was throttled by AWS (RequestLimitExceeded)"),
        (refusal("ExpiredTokenException"), "does not take the monitor's credentials (ExpiredTokenException): renew"),
        (
            refusal("RequestTimeTooSkewed", status=403),
            "the monitor's clock is not AWS's (RequestTimeTooSkewed): set it",
        ),
        (
            refusal("SignatureDoesNotMatch", "Signature not yet current: …"),
            "clock is not AWS's (SignatureDoesNotMatch)",
        ),
        (refusal("SignatureDoesNotMatch", "The request signature we calculated …"), "does not take the monitor's cred"),
        (refusal("InternalFailure", status=500), "failed inside AWS (InternalFailure, HTTP 500)"),
        (refusal("InvalidParameterException", "Too many"), "failed with InvalidParameterException: Too many"),
        (errors.ClientError({}, "DescribeServices"), "failed with unknown"),
        (errors.NoCredentialsError(), "for want of AWS credentials (Unable to locate credentials)"),
        (errors.ConnectTimeoutError(endpoint_url="https://ecs"), "could not be reached at https://ecs"),
        (errors.EndpointConnectionError(endpoint_url="https://ecs"), "no route or VPC endpoint"),
        (errors.ReadTimeoutError(endpoint_url="https://ecs"), "was not answered in time by https://ecs"),
        (errors.SSLError(endpoint_url="https://ecs", error="self-signed"), "set AWS_CA_BUNDLE"),
        (errors.HTTPClientError(error="broken"), "could not be reached at its endpoint (HTTPClientError)"),
        (errors.PaginationError(message="same token"), "failed with PaginationError"),
        (KeyError("services"), "gave an answer that could not be read (KeyError: 'services')"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_explain__each_kind(error: Exception, told: str) -> None:
    """Each kind of error has words of its own."""
    sentence = explain(CALL, error)
    assert sentence.startswith(f"{CALL} ")
    assert told in sentence


def test_explain__name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real client, and a name that no resolver knows: DNS is named, not a route that is missing."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://ecs.registry-monitor.invalid")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-key")
    aws.forget_clients()
    try:
        with pytest.raises(errors.EndpointConnectionError) as caught:
            aws.aws_client("ecs", "us-east-1").list_clusters()
    finally:
        aws.forget_clients()
    told = "was not made: DNS has no address for http://ecs.registry-monitor.invalid/: the VPC needs DNS support"
    assert told in explain(CALL, caught.value)


def test_explain__field_of_unexpected_type() -> None:
    """A field that is not what it should be is named with the value seen, in one line."""
    with pytest.raises(ValidationError) as caught:
        ServiceTarget.model_validate({"target_group_arn": "a", "container_name": "c", "container_port": "many"})
    sentence = explain(CALL, caught.value)
    assert "ServiceTarget.container_port: Input should be a valid integer" in sentence
    assert sentence.endswith("got 'many'")


def test_explain__long_words_of_aws() -> None:
    """AWS's own words are cut."""
    assert len(explain(CALL, refusal("InvalidParameterException", "x" * 5000))) < 400
