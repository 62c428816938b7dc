"""The template as CloudFormation gets it: without SAM's own kinds of resources, which aws-sam-translator replaces."""

import json
import subprocess
from functools import cache

from tests.template.stack import ROOT, TEMPLATE, Json

CODE = {"S3Bucket": "the-artifacts-bucket", "S3Key": "the-artifact"}  # where `sam deploy` would have put it

# In the environment of sam: it drags boto3 back by years.
_TRANSFORM = """
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
template = yaml_parse(open(sys.argv[1], encoding="utf-8").read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://" + sys.argv[2]
    if resource["Type"] == "AWS::CloudFormation::Stack":
        resource["Properties"]["TemplateURL"] = "https://s3.amazonaws.com/" + sys.argv[2]
json.dump(Translator({}, Parser()).translate(template, {}), sys.stdout)
"""


@cache
def transformed() -> Json:
    """template.yaml with plain resources alone. Raises CalledProcessError where SAM cannot read it."""
    asked = [str(ROOT / ".venv-sam/bin/python"), "-c", _TRANSFORM, str(TEMPLATE), "/".join(CODE.values())]
    region = {"AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(asked, env=region, capture_output=True, text=True, check=True)
    template: Json = json.loads(done.stdout)
    return template
