"""The sandbox's fake credentials."""

import secrets as random_tokens
from dataclasses import dataclass, field

from tests.sandbox.keys import HOLDERS, random_key
from tests.sandbox.processes.postgres import PostgresServer


def random_password() -> str:
    """Return a password that nothing can know beforehand, and that shows that it is fake."""
    return f"fake-{random_tokens.token_hex(8)}"


@dataclass(frozen=True)
class Secrets:
    """The sandbox's fake credentials: random, so that nothing can know them beforehand."""

    monitor_keys: dict[str, str] = field(default_factory=lambda: {name: random_key(name) for name in HOLDERS})
    tracking_token: str = field(default_factory=lambda: random_key("tracking"))
    database_password: str = PostgresServer.password
    redis_password: str = field(default_factory=random_password)
    administrator_password: str = field(default_factory=random_password)  # of an MLflow with its own login
    form_key: str = field(default_factory=random_password)  # with which such an MLflow signs its form

    mlflow_users: dict[str, str] = field(default_factory=dict)  # of an MLflow with its own login: name -> password

    @property
    def monitor_key(self) -> str:
        """The monitor's own key, an admin's."""
        return self.monitor_keys["admin"]
