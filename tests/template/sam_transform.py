"""Prints template.yaml as CloudFormation gets it, transformed by SAM itself; runs in SAM's own environment."""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

template = yaml_parse(sys.stdin.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/artifact"  # as sam package leaves it
json.dump(Translator({}, Parser()).translate(template, {}), sys.stdout, default=str)
