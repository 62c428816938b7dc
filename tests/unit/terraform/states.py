"""Random states of Terraform in both of its formats, with a canary secret at every place that must not leave."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
CANARY = "canary-"
AWS_TYPES = ("aws_lb_listener_rule", "aws_ecs_service", "aws_db_instance", "aws_iam_role", "aws_route")
OTHER_TYPES = ("random_string", "random_password", "tls_private_key", "aws_appsync_api_key")


@dataclass
class RandomState:
    """One state in both formats, and the resources that its map must have, and no other."""

    seed: int
    expected: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._canaries = 0
        self.state: Json = {
            "version": 4,
            "terraform_version": "1.9.5",
            "serial": self.seed,
            "lineage": self.canary(),
            "outputs": {self.canary(): {"value": self.secrets(3), "sensitive": True}},
            "resources": [],
            "check_results": [self.secrets(2)],
        }
        root: Json = {"resources": [], "child_modules": []}
        for name in ("", "module.api", 'module.zone["b.\\"x"]', "module.deep[0]"):
            module: Json = root if not name else {"address": name, "resources": [], "child_modules": []}
            if name:
                root["child_modules"].append(module)
            for number in range(self._random.randint(0, 5)):
                self.add(module, name, number)
        self.shown: Json = {
            "format_version": "1.0",
            "terraform_version": "1.9.5",
            "values": {"outputs": {"o": {"value": self.secrets(2)}}, "root_module": root},
            "checks": [self.secrets(1)],
        }

    def canary(self) -> str:
        self._canaries += 1
        return f"{CANARY}{self._canaries}"

    def secrets(self, depth: int) -> Any:
        """A value of any shape, all of whose keys and leaves are canaries."""
        match self._random.randint(0, 2) if depth else 2:
            case 0:
                return {self.canary(): self.secrets(depth - 1) for _ in range(self._random.randint(1, 3))}
            case 1:
                return [self.secrets(depth - 1) for _ in range(self._random.randint(1, 3))]
        return self.canary()

    def add(self, module: Json, module_name: str, number: int) -> None:
        """One resource with its instances: managed or data, of AWS or not, counted, named or single."""
        mode = self._random.choice(["managed", "managed", "data"])
        kind = self._random.choice(AWS_TYPES + OTHER_TYPES)
        base = ".".join(filter(None, (module_name, "data" if mode == "data" else "", kind, f"r{number}")))
        keys = self._random.choice([[(None, "")], [(0, "[0]"), (1, "[1]")], [("a b", '["a b"]'), ("é$", '["é$"]')]])
        is_ours = mode == "managed" and kind in AWS_TYPES
        instances: list[Json] = []
        for key, printed in keys:
            identifier = f"id-{number}{printed}" if is_ours else self.canary()
            arn = f"arn:aws:x:::{identifier}" if is_ours else self.canary()
            hidden = is_ours and self._random.random() < 0.2
            values = {"id": self.canary() if hidden else identifier, "arn": arn, "password": self.canary()}
            values |= {"nested": self.secrets(2), "tags": {"id": self.canary(), "arn": self.canary()}}
            marked = [[{"type": "get_attr", "value": "id"}]] if hidden else []
            steps = [{"type": "get_attr", "value": "nested"}, {"type": "get_attr", "value": "id"}]
            instance = {"attributes": values, "private": self.canary(), "sensitive_attributes": [steps, *marked]}
            instances += [instance | ({} if key is None else {"index_key": key})]
            instances += [{"deposed": "1f2e", "attributes": {"id": self.canary(), "arn": self.canary()}}]
            shown = {"address": base + printed, "mode": mode, "type": kind, "name": f"r{number}", "values": values}
            shown |= {"sensitive_values": {"id": hidden, "nested": {"id": True}, "password": True}, "index": key}
            module["resources"] += [shown, shown | {"deposed_key": "1f2e", "values": {"id": self.canary()}}]
            if is_ours:
                told = {"address": base + printed, "type": kind, "id": None if hidden else identifier, "arn": arn}
                self.expected.append(told)
        resource = {"mode": mode, "type": kind, "name": f"r{number}", "provider": self.canary()}
        resource |= {"instances": instances} | ({"module": module_name} if module_name else {})
        self.state["resources"].append(resource)


def text_of(document: Json, seed: int) -> str:
    """The document as JSON, indented or not."""
    return json.dumps(document, indent=2 if seed % 2 else None, ensure_ascii=bool(seed % 3))
