"""IAM: the policies of a role."""

import json

from tests.diagnosis.fixing.resources import Attributes, Resource


def inline(resource: Resource) -> Attributes:
    """Write an inline policy of a role, whatever it was."""
    resource.takes_only("name", "role", "policy")
    role, name = resource.required("role"), resource.required("name")
    document = json.dumps(resource.required("policy"))
    resource.world.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    return {"id": f"{role}:{name}"}


def attached(resource: Resource) -> Attributes:
    """Attach a policy to a role."""
    resource.takes_only("role", "policy_arn")
    role, arn = resource.required("role"), resource.required("policy_arn")
    resource.world.iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return {"role": role}
