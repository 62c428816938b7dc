"""Terraform as it is written: laid out as terraform fmt does, and texts that stay texts."""

from registry_monitor.terraform.hcl import (
    Expression,
    allowing,
    block,
    changed,
    identifier,
    json_of,
    literal,
    removed,
    resource,
)
from tests.unit.diagnosis.fixes.terraform_reader import read


def test_resource__is_laid_out_as_terraform_fmt_does() -> None:
    """Equals signs of neighbours stand below one another, and nested blocks a line apart."""
    text = resource("aws_lb", "main-1", {"name": "a", "internal": False}, block("access_logs", {"enabled": True}))
    assert text.splitlines() == [
        'resource "aws_lb" "main_1" {',
        '  name     = "a"',
        "  internal = false",
        "",
        "  access_logs {",
        "    enabled = true",
        "  }",
        "}",
    ]


def test_values__of_several_lines_stand_apart() -> None:
    """An object inside jsonencode is written on lines of its own, and read back whole."""
    value = json_of([{"name": "api", "environment": [{"name": "A", "value": "1"}]}])
    text = changed("aws_ecs_task_definition", "api", {"container_definitions": value})
    assert text.startswith("# Only what changes")
    [found] = read(text)
    assert found.values["container_definitions"] == [{"name": "api", "environment": [{"name": "A", "value": "1"}]}]


def test_literal__keeps_quotes_and_templates_as_text() -> None:
    """What a platform has in its names cannot become code: quotes and templates are escaped."""
    assert literal('a "b" ${c} %{d} \n') == '"a \\"b\\" $${c} %%{d} \\n"'


def test_literal__writes_references_and_lists() -> None:
    """References stand without quotes, also in lists; numbers and truths as they are."""
    assert literal([Expression("aws_lb.main.arn"), "x", 8, True]) == '[aws_lb.main.arn, "x", 8, true]'


def test_null__takes_away_what_was_there() -> None:
    """Terraform leaves out what is null, so that a change can also remove."""
    [found] = read(changed("aws_ecs_task_definition", "api", {"container_definitions": json_of([{"command": None}])}))
    assert found.values["container_definitions"] == [{"command": None}]


def test_identifier__is_a_name_whatever_the_text() -> None:
    """Names of real things become names of resources: no dashes, no digit first, never empty."""
    assert [identifier(text) for text in ("mlflow-proxy", "443 x", "***", "ä-b")] == [
        "mlflow_proxy",
        "_443_x",
        "this",
        "b",
    ]


def test_removed__names_the_resource_and_destroys_it() -> None:
    """A rule that is to go is removed from state and from AWS."""
    [found] = read(removed("aws_lb_listener_rule", "rule_10"))
    assert found.kind == "removed" and found.values == {"from": "aws_lb_listener_rule.rule_10"}
    assert found.blocks[0].values == {"destroy": True}


def test_allowing__is_one_statement() -> None:
    """A policy allows the actions on the resources, and nothing else."""
    [found] = read(resource("aws_iam_role_policy", "x", {"policy": allowing(["s3:GetObject"], ["arn:b/*"])}))
    assert found.values["policy"]["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:b/*"]}
    ]
