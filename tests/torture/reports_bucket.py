"""A reports bucket of one fault run's own, so that fault runs side by side know nothing of each other."""

from dataclasses import dataclass
from itertools import count
from typing import Any, Self

from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox

# Nobody whom the sandbox judges by the monitor's role, which may write to its own bucket alone.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "fake-torture-key-id", "AWS_SECRET_ACCESS_KEY": "fake-torture-secret-key"}
_numbers = count(1)


@dataclass(frozen=True)
class ReportsBucket:
    """The bucket, and what a test wants to know of it."""

    name: str
    s3: Any

    @classmethod
    def new(cls, sandbox: Sandbox) -> Self:
        """Make one."""
        name = f"registry-monitor-torture-{next(_numbers)}"
        sandbox.world.s3.create_bucket(Bucket=name)
        return cls(name, sandbox.world.s3)

    def names(self) -> list[str]:
        """What is there, in the order in which it was written last."""
        found = self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [item["Key"] for item in sorted(found, key=lambda item: item["LastModified"])]

    def text(self, key: str) -> str:
        """One object."""
        body: bytes = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body.decode()

    def texts(self) -> dict[str, str]:
        """Every object, by its key."""
        return {key: self.text(key) for key in self.names()}

    def run(self, run_id: str) -> Run | None:
        """The document of a run, where it is there."""
        key = next((key for key in self.names() if key.endswith(f"/{run_id}/run.json")), None)
        return Run.model_validate_json(self.text(key)) if key else None

    def delete(self) -> None:
        """Delete it with all that is in it."""
        for key in self.names():
            self.s3.delete_object(Bucket=self.name, Key=key)
        self.s3.delete_bucket(Bucket=self.name)
