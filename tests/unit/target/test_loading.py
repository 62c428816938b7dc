"""The target file: validated whole, and told with line, key, value seen and expected."""

from pathlib import Path

import pytest

from registry_monitor.run import WatchedTarget
from registry_monitor.target import TargetError, load_target, packaged_targets, parse_target
from registry_monitor.target.loading import LARGEST_BYTES, name_in
from tests.unit.target.small import SMALL, line_of


def problems(text: str) -> list[str]:
    with pytest.raises(TargetError) as caught:
        parse_target(text, "bad.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("name", packaged_targets())
def test_packaged_target__is_valid_and_named_as_its_file(name: str) -> None:
    """What ships with the package can be loaded by its name."""
    assert load_target(name).name == name


@pytest.mark.parametrize(
    ("old", "new", "where", "problem"),
    [
        ("container_port: 8001", "container_port: 99999", "container_port: 99999",
         "services.1.container_port: got 99999; input should be less than or equal to 65535"),
        ("cluster: small", "clutser: small", "clutser",
         "clutser: is not a key of a target; expected one that the schema names"),
        ("depth: light", "depth: deep", "depth: deep",
         "endpoints.0.depth: got 'deep'; input should be 'light' or 'full'"),
        ("https://auth.example.com/health", "auth.example.com/health", "url: auth.example.com",
         "endpoints.0.url: got 'auth.example.com/health'; expected an absolute URL such as https://host/path"),
        ("https://auth.example.com/health", "https://u:fake@auth.example.com/health", "url: https://u:",
         "endpoints.0.url: expected a URL without credentials; a key comes from the secret"),
        ("https://auth.example.com/health", "https://auth.example.com:44e3/x", "url: https://auth.example.com:44e3",
         "endpoints.0.url: got 'https://auth.example.com:44e3/x'; expected a port between 1 and 65535 after the host"),
        ("example.com/mlflow\n", "example.com/mlflow/\n", "direct_url:",
         "mlflow.direct_url: got 'https://registry.example.com/mlflow/'; expected a URL without a slash at its end"),
        ("  hosts:", "  terraform: the load balancer\n    hosts:", "terraform: the",
         "load_balancers.0.terraform: got 'the load balancer'; string should match pattern"),
        ("name: small\n", "name: small\nterraform_map: https://example.com/map.json\n", "terraform_map:",
         "terraform_map: got 'https://example.com/map.json'; expected s3://bucket/key or the path of a file"),
        ("name: small\n", "name: small\nterraform_map: s3://bucket\n", "terraform_map:",
         "terraform_map: got 's3://bucket'; expected s3://bucket/key or the path of a file"),
        ("role: api", "role: auth", "name: small-api",
         "services.1.role: 'auth' stands more than once, expected once"),
    ],
)  # fmt: skip
def test_wrong_value__is_told_with_its_line(old: str, new: str, where: str, problem: str) -> None:
    """Each problem names line, key, value seen and what was expected."""
    text = SMALL.replace(old, new, 1)
    line = line_of(text, where) - (1 if "role" in problem else 0)
    assert any(told.startswith(f"line {line}: {problem}") for told in problems(text))


@pytest.mark.parametrize(
    ("account", "problem"),
    [
        ("{role_arn: arn:aws:iam::1:role/x, external_id: abc}",
         "account.role_arn: got 'arn:aws:iam::1:role/x'; expected the ARN of a role, such as arn:aws:iam::1234"),
        ("{role_arn: 'arn:aws:iam::222222222222:user/x', external_id: abc}", "account.role_arn: got "),
        ("{role_arn: 'arn:aws:iam::222222222222:role/a b', external_id: abc}", "account.role_arn: got "),
        ("{role_arn: 'arn:aws:iam::٢22222222222:role/x', external_id: abc}", "account.role_arn: got "),
        ("{role_arn: 'arn:aws-cn:iam::222222222222:role/team/x', external_id: a}",
         "account.external_id: got 'a'; expected 2 to 1224 letters, digits and _+=,.@:/-"),
        ("{role_arn: 'arn:aws:iam::222222222222:role/x'}", "account.external_id: is missing; expected a value"),
    ],
)  # fmt: skip
def test_account__needs_a_role_and_an_external_id(account: str, problem: str) -> None:
    """Without the id, whoever the monitor serves could have it read this platform for them."""
    [told] = problems(SMALL.replace("name: small\n", f"name: small\naccount: {account}\n", 1))
    assert told.startswith(f"line {line_of(SMALL, 'name: small') + 1}: {problem}")


def test_account__is_read_and_kept_in_the_run() -> None:
    """Neither is a secret: the diagnosis names both."""
    given = "account: {role_arn: 'arn:aws-us-gov:iam::222222222222:role/team/x', external_id: 'a:b/c-d_e'}"
    target = parse_target(SMALL.replace("name: small\n", f"name: small\n{given}\n", 1), "small.yaml")
    assert target.account is not None and target.account.external_id == "a:b/c-d_e"
    kept = WatchedTarget.of(target).account
    assert kept is not None and kept.model_dump() == target.account.model_dump()


def test_name_that_is_too_long_for_a_session__is_refused() -> None:
    """Cut to what STS takes it would be another target's too; without an account no session has it."""
    account = "account: {role_arn: 'arn:aws:iam::222222222222:role/x', external_id: abc}\n"
    fitting, long = (SMALL.replace("name: small\n", f"name: {'a' * length}\n", 1) for length in (47, 48))
    assert parse_target(f"{fitting}{account}", "fitting.yaml").account is not None
    assert parse_target(long, "long.yaml").account is None
    [told] = problems(f"{long}{account}")
    assert "account: expected a name of the target of at most 47 characters: the role's session has it" in told


def test_name_of_the_fleets_folder__is_no_targets() -> None:
    """Its reports would stand among the target files of all others."""
    [told] = problems(SMALL.replace("name: small\n", "name: fleet\n", 1))
    assert told.startswith(f"line {line_of(SMALL, 'name: small')}: name: got 'fleet'; expected another name")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SMALL, ("small", line_of(SMALL, "name: small"))),
        ("a: 1\nname: one\nname: two\n", ("two", 3)),
        ("name: [small]\n", (None, 0)),
        ("- name: small\n", (None, 0)),
        ("name: [", (None, 0)),
        ("", (None, 0)),
    ],
)
def test_name_in_a_text__is_found_whatever_else_is_wrong(text: str, found: tuple[str | None, int]) -> None:
    """What is wrong with a name is told beside what is wrong with the rest."""
    assert name_in(text) == found


def test_all_problems__are_told_at_once() -> None:
    """Schema, references and repeated keys come in one list, in the order of the file."""
    text = SMALL.replace("container_port: 8001", "container_port: no").replace(
        "reader_key: second", "reader_key: third"
    )
    told = problems(text + "name: again\n")
    assert [problem.split(":")[1].strip() for problem in told] == [
        "services.1.container_port",
        "mlflow.reader_key",
        "name",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: [", "line 1: is not valid YAML"),
        ("- a\n- b\n", "line 1: expected a mapping with name, region, cluster, …; got list"),
        ("", "line 1: expected a mapping with name, region, cluster, …; got NoneType"),
        ("services: &s [*s]", "line 1: is not valid YAML: found the alias '*s'; expected the value itself"),
        ("name: !!python/object:os.system x", "line 1: is not valid YAML"),
    ],
)
def test_not_a_target_at_all__is_told_in_one_line(text: str, problem: str) -> None:
    """Text that is no target file gives a problem, not a stack trace."""
    assert problems(text)[0].startswith(problem)


def test_unknown_name__names_the_packaged_targets() -> None:
    """A mistyped name is answered with the names that exist."""
    with pytest.raises(TargetError, match="expected the path of a readable YAML file or one of the packaged targets"):
        load_target("hokusai-developmnet")


def test_huge_file__is_refused_unread(tmp_path: Path) -> None:
    """More than any target has is not parsed: PyYAML would take minutes."""
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (LARGEST_BYTES + 1))
    with pytest.raises(TargetError, match="larger than 256 KiB"):
        load_target(str(path))


def test_connect_to__needs_a_port_on_both_sides(tmp_path: Path) -> None:
    """The mapping is refused as a whole when one side is no host:port."""
    path = tmp_path / "target.yaml"
    path.write_text(SMALL + "connect_to: {'registry.hokus.ai:443': 127.0.0.1}\n")
    with pytest.raises(TargetError, match="expected 'host:port' on both sides"):
        load_target(str(path))


def test_terraform_addresses__are_taken_as_terraform_prints_them() -> None:
    """Modules, counts and keys of for_each; and the place of the map, in S3 or a path."""
    address = 'module.edge["a.b"].module.lb[0].aws_lb.main["x\\"y"]'
    quoted = f"'{address}'"
    text = SMALL.replace("    hosts:", f"    terraform: {quoted}\n    hosts:")
    text = text.replace("replication_group:", f"terraform: {quoted}\n  replication_group:")
    text += f"artifacts_bucket_terraform: {quoted}\ndatabase: {{instance: small-db, terraform: {quoted}}}\n"
    target = parse_target(text + "terraform_map: s3://maps/development.json\n", "small.yaml")
    assert target.redis is not None and target.database is not None
    named = (target.load_balancers[0].terraform, target.redis.terraform, target.database.terraform)
    assert {*named, target.artifacts_bucket_terraform} == {address}
    assert target.terraform_map == "s3://maps/development.json"
    assert parse_target(SMALL + "terraform_map: out/map.json\n", "small.yaml").terraform_map == "out/map.json"
