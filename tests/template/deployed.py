"""The transformed template as CloudFormation deploys it: with values in the place of references.

Only what policies need is resolved; anything else raises KeyError or LookupError with its name.
"""

import re
from collections.abc import Mapping
from typing import Any

from tests.template.stack import Json
from tests.template.transformed import transformed

_NOTHING = object()  # AWS::NoValue
# How a resource's ARN is made from its name, and which property has the name; without one, it is given.
_ARNS = {
    "AWS::IAM::Role": ("RoleName", "arn:aws:iam::{account}:role/{name}"),
    "AWS::KMS::Key": ("", "arn:aws:kms:{region}:{account}:key/{name}"),
    "AWS::Lambda::Function": ("FunctionName", "arn:aws:lambda:{region}:{account}:function:{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}:*"),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{name}"),
    "AWS::SNS::Topic": ("TopicName", "arn:aws:sns:{region}:{account}:{name}"),
    "AWS::SQS::Queue": ("QueueName", "arn:aws:sqs:{region}:{account}:{name}"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "arn:aws:states:{region}:{account}:stateMachine:{name}"),
}
# What a reference to a resource is, where it is not its name.
_REFERENCES = {
    "AWS::SNS::Topic": _ARNS["AWS::SNS::Topic"][1],
    "AWS::SQS::Queue": "https://sqs.{region}.amazonaws.com/{account}/{name}",
    "AWS::StepFunctions::StateMachine": _ARNS["AWS::StepFunctions::StateMachine"][1],
}


class DeployedStack:
    """The stack as deployed with these parameters. ``names``: what CloudFormation would make up, by logical id.

    ``template``: another than that of the monitor's own stack, such as one that it nests.
    """

    def __init__(
        self,
        region: str,
        account: str,
        parameters: Mapping[str, str],
        names: Mapping[str, str],
        template: Json | None = None,
    ) -> None:
        self._template = template or transformed()
        self._place = {"region": region, "account": account}
        self._names = names
        defaults = {name: each.get("Default") for name, each in self._template["Parameters"].items()}
        self._parameters = {name: value for name, value in {**defaults, **parameters}.items() if value is not None}

    def statements(self, role: str) -> list[Json]:
        """What all policies of a role say, by the role's logical id: its own, and those that are attached to it."""
        resources = self._template["Resources"]
        policies = list(resources[role]["Properties"]["Policies"])
        for each in resources.values():
            is_attached = each["Type"] == "AWS::IAM::Policy" and {"Ref": role} in each["Properties"]["Roles"]
            if is_attached and self._is_there(each):
                policies.append(each["Properties"])
        return [self._resolve(each) for policy in policies for each in policy["PolicyDocument"]["Statement"]]

    def parameter(self, name: str) -> str:
        """The value of a parameter, given or by default."""
        return str(self._parameters[name])

    def properties(self, logical_id: str) -> Json:
        """The properties of a resource, with values in the place of references."""
        resolved: Json = self._resolve(self._template["Resources"][logical_id]["Properties"])
        return resolved

    def arn(self, logical_id: str) -> str:
        """The ARN of a resource."""
        kind = self._template["Resources"][logical_id]["Type"]
        return _ARNS[kind][1].format(**self._place, name=self._name(logical_id))

    def _is_there(self, resource: Json) -> bool:
        return "Condition" not in resource or self._holds({"Condition": resource["Condition"]})

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Condition": name}:
                return self._holds(self._template["Conditions"][name])
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case {"Fn::Equals": [one, other]}:
                return bool(self._resolve(one) == self._resolve(other))
        raise LookupError(f"the condition {condition} is of a kind that is not resolved here")

    def _name(self, logical_id: str) -> str:
        declared = self._template["Resources"][logical_id]
        property_of_name, _ = _ARNS.get(declared["Type"], ("", ""))
        given = declared.get("Properties", {}).get(property_of_name)
        return str(self._resolve(given)) if given else self._names[logical_id]

    def _resolve(self, value: Any) -> Any:
        match value:
            case {"Ref": name}:
                return self._reference(name)
            case {"Fn::GetAtt": path}:
                return self._attribute(path if isinstance(path, list) else path.split(".", 1))
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda named: str(self._substitute(named[1])), text)
            case {"Fn::Join": [str(between), joined]}:
                return between.join(map(str, each if isinstance(each := self._resolve(joined), list) else [each]))
            case {"Fn::If": [name, then, otherwise]}:
                return self._resolve(then if self._holds({"Condition": name}) else otherwise)
            case dict():
                if any(key.startswith("Fn::") for key in value):
                    raise LookupError(f"{value} is of a kind that is not resolved here")
                return {key: self._resolve(each) for key, each in value.items()}
            case list():
                return [each for each in map(self._resolve, value) if each is not _NOTHING]
        return value

    def _attribute(self, path: list[str]) -> str:
        logical_id, name = path
        if name != "Arn":
            raise LookupError(f"{name} of {logical_id} is not resolved here")
        return self.arn(logical_id)

    def _substitute(self, path: str) -> Any:
        return self._resolve({"Fn::GetAtt": path} if "." in path else {"Ref": path})

    def _reference(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": self._place["account"],
            "AWS::NoValue": _NOTHING,
            "AWS::Partition": "aws",
            "AWS::Region": self._place["region"],
        }
        if name in pseudo:
            return pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        shape = _REFERENCES.get(self._template["Resources"][name]["Type"], "{name}")
        return shape.format(**self._place, name=self._name(name))
