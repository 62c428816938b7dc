"""The loopback addresses of one sandbox: a random 127.A.B.0/24, held for as long as the sandbox runs.

The whole of 127.0.0.0/8 is loopback on Linux, so every task, data store and load balancer has a private address
of its own, as in a VPC, and several sandboxes run side by side.
"""

import random
import socket
from typing import Self

_LOCK_PORT = 20_127  # whoever listens here on .1 owns the network
# Each zone has 64 public addresses, for load balancers, and then 64 private ones.
_HOSTS = {"load-balancer": 2, "postgres": 69, "redis": 70, "monitor": 73, "auth": 75, "api": 76, "mlflow": 77}
# These no part of the platform knows.
_HOSTS |= {"black-hole": 7, "mlflow-process": 113, "postgres-process": 115, "s3-gate": 117}
_SECOND_ZONE = 128
_TASK_STRIDE = 4


class Addresses:
    """A reserved /24; release it with ``close()``."""

    def __init__(self) -> None:
        self._lock, self.prefix = _reserve()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def network(self) -> str:
        """The network in CIDR notation."""
        return f"{self.prefix}.0/24"

    @property
    def public_subnets(self) -> tuple[str, str]:
        """The networks of the two availability zones' public subnets, where the load balancers are."""
        return f"{self.prefix}.0/26", f"{self.prefix}.{_SECOND_ZONE}/26"

    @property
    def private_subnets(self) -> tuple[str, str]:
        """The networks of the two availability zones' private subnets: tasks, data stores and the monitor."""
        return f"{self.prefix}.64/26", f"{self.prefix}.{_SECOND_ZONE + 64}/26"

    def of(self, name: str) -> str:
        """Return the address of a part of the sandbox, such as ``postgres``."""
        return f"{self.prefix}.{_HOSTS[name]}"

    def load_balancer(self, index: int) -> str:
        """Return the address of the load balancer with this index in the platform."""
        return f"{self.prefix}.{_HOSTS['load-balancer'] + index}"

    def task(self, role: str, index: int) -> str:
        """Return the private address of a service's task; tasks alternate between the two zones."""
        zone, place = index % 2, index // 2
        return f"{self.prefix}.{_HOSTS[role] + _TASK_STRIDE * place + _SECOND_ZONE * zone}"

    def close(self) -> None:
        """Give the network back."""
        self._lock.close()


def _reserve() -> tuple[socket.socket, str]:
    for _ in range(100):
        prefix = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}"
        lock = socket.socket()
        try:
            lock.bind((f"{prefix}.1", _LOCK_PORT))
        except OSError:
            lock.close()
            continue
        lock.listen(1)
        return lock, prefix
    raise RuntimeError("No free 127.A.B.0/24 network was found in 100 tries; stop other sandboxes and try again.")
