"""A stack in moto's CloudFormation, with the kinds of resources that moto makes only when their own API is asked.

Each of those is made by that API, with the template's properties as its arguments: so botocore refuses a property that
does not exist or has the wrong type. They are made in the region of ``REGION``, apart from the sandbox's.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto import mock_aws
from moto.backends import get_backend
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel

from tests.template.stack import Json
from tests.template.transformed import CODE

REGION = "eu-central-1"

type Make = Callable[[Json], object]


def client(service: str) -> Any:
    """A client of moto in this region."""
    fake = {"aws_access_key_id": "fake-access-key", "aws_secret_access_key": "fake-secret-key"}
    return boto3.client(service, region_name=REGION, **fake)


def _composite_alarm(properties: Json) -> None:
    """Moto has no PutCompositeAlarm; it tells of alarms with a rule as it should."""
    nothing: Json = dict.fromkeys(
        ("namespace", "metric_name", "comparison_operator", "evaluation_periods", "period", "threshold", "statistic")
    )
    get_backend("cloudwatch")["123456789012"][REGION].put_metric_alarm(
        **nothing,
        name=properties["AlarmName"],
        description=properties["AlarmDescription"],
        dimensions=[],
        alarm_actions=properties["AlarmActions"],
        ok_actions=properties["OKActions"],
        rule=properties["AlarmRule"],
    )


def _bucket_policy(properties: Json) -> None:
    client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"]))


def _topic_policy(properties: Json) -> None:
    for topic in properties["Topics"]:
        policy = json.dumps(properties["PolicyDocument"])
        client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def _queue_policy(properties: Json) -> None:
    for queue in properties["Queues"]:
        client("sqs").set_queue_attributes(
            QueueUrl=queue, Attributes={"Policy": json.dumps(properties["PolicyDocument"])}
        )


def _invoke_config(properties: Json) -> None:
    client("lambda").put_function_event_invoke_config(
        **{name: value for name, value in properties.items() if name != "Qualifier"}
    )


_MAKERS: dict[str, tuple[str, Make]] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", lambda given: client("cloudwatch").put_metric_alarm(**_numbers(given))),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", _composite_alarm),
    "AWS::Lambda::EventInvokeConfig": ("", _invoke_config),
    "AWS::S3::BucketPolicy": ("", _bucket_policy),
    "AWS::SNS::TopicPolicy": ("", _topic_policy),
    "AWS::SQS::QueuePolicy": ("", _queue_policy),
    "AWS::Scheduler::Schedule": ("Name", lambda given: client("scheduler").create_schedule(**given)),
}


def _numbers(properties: Json) -> Json:
    """A parameter's value is text, also where it is a number."""
    return properties | {"Threshold": float(properties["Threshold"])}


def _model(kind: str, name_property: str, make: Make) -> type[CloudFormationModel]:
    """What moto's CloudFormation asks of a kind of resource."""

    class Made(CloudFormationModel):
        def __init__(self, name: str) -> None:
            self.physical_resource_id = name

        @staticmethod
        def cloudformation_name_type() -> str:
            return name_property

        @staticmethod
        def cloudformation_type() -> str:
            return kind

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Json, *_: object, **__: object
        ) -> "Made":
            make(cloudformation_json["Properties"])
            return cls(resource_name)

        def get_cfn_attribute(self, attribute_name: str) -> str:
            return f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{self.physical_resource_id}"

        def delete(self, *_: object) -> None: ...

    Made.__module__ = "moto.registry_monitor"  # moto takes its own models alone
    return Made


@contextmanager
def moto() -> Iterator[None]:
    """Let moto answer in the place of AWS; what it has stays, a sandbox of another test may share the process."""
    mock = mock_aws()
    mock.start(reset=False)
    try:
        yield
    finally:
        mock.stop(remove_data=False)


@contextmanager
def moto_stack(template: Json, parameters: dict[str, str], name: str) -> Iterator[dict[str, str]]:
    """Create a stack; its resources by logical id: their physical ids. It is gone afterwards."""
    models = [_model(kind, *maker) for kind, maker in _MAKERS.items()]  # moto finds them as long as they are held
    with moto(), _artifact():
        _forget_models()
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        stacks = client("cloudformation")
        stacks.create_stack(StackName=name, TemplateBody=json.dumps(template), Parameters=given)
        made = stacks.describe_stack_resources(StackName=name)["StackResources"]
        yield {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in made if each.get("LogicalResourceId")}
        stacks.delete_stack(StackName=name)
    models.clear()
    _forget_models()


def _forget_models() -> None:
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()


@contextmanager
def _artifact() -> Iterator[None]:
    """The built function, where `sam deploy` would have put it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("registry_monitor/handler.py", "")
    s3 = client("s3")
    s3.create_bucket(Bucket=CODE["S3Bucket"], CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=CODE["S3Bucket"], Key=CODE["S3Key"], Body=archive.getvalue())
    yield
    s3.delete_object(Bucket=CODE["S3Bucket"], Key=CODE["S3Key"])
    s3.delete_bucket(Bucket=CODE["S3Bucket"])
