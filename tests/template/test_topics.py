"""The topics: who may publish, and with which key. An alarm that cannot use the key deploys and reaches nobody."""

import pytest

from tests.template.stack import resource

ACCOUNT_ONLY = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


@pytest.mark.parametrize("topic", ["PageTopic", "TicketTopic", "NoticeTopic"])
def test_topic__is_encrypted_with_the_stacks_own_key(topic: str) -> None:
    """The key that AWS manages for SNS cannot be opened to CloudWatch."""
    assert resource(topic)["KmsMasterKeyId"] == {"Fn::GetAtt": "AlertsKey.Arn"}


def test_key__lets_alarms_publish() -> None:
    """CloudWatch may use the key for this account; apart from it only the account itself decides."""
    account, alarms = resource("AlertsKey")["KeyPolicy"]["Statement"]
    assert account["Principal"]["AWS"]["Fn::Sub"].endswith(":iam::${AWS::AccountId}:root")
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert alarms["Condition"] == {"StringEquals": ACCOUNT_ONLY}
    assert resource("AlertsKey")["EnableKeyRotation"] is True


def test_topics__take_the_stacks_alarms() -> None:
    """The alarms of this stack, in this account, may publish pages and tickets; no other service may."""
    policy = resource("AlarmTopicsPolicy")
    topics = [{"Ref": "PageTopic"}, {"Ref": "TicketTopic"}]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert policy["Topics"] == statement["Resource"] == topics
    assert (statement["Principal"], statement["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    assert statement["Condition"]["StringEquals"] == ACCOUNT_ONLY
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(
        ":alarm:registry-monitor-${Environment}-*"
    )
