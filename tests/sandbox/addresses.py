"""The loopback addresses of one sandbox: a random 127.A.B.0/24, held for as long as the sandbox runs.

The whole of 127.0.0.0/8 is loopback on Linux, so every task, data store and load balancer has a private address
of its own, as in a VPC, and several sandboxes run side by side.
"""

import random
import socket
from typing import Self

_LOCK_PORT = 20_127  # whoever listens here on .1 owns the network
# Load balancers have public addresses; all else of the platform is private, in the first zone unless it is a task.
_HOSTS = {"load-balancer": 2, "postgres": 69, "redis": 70, "monitor": 73, "auth": 75, "api": 76, "mlflow": 77}
_HOSTS |= {"features": 76, "tracking": 77}  # of the other platform, which never runs beside it
# These no part of the platform knows.
_HOSTS |= {"black-hole": 50, "mlflow-process": 51, "postgres-process": 52, "s3-gate": 53}
_PRIVATE_ZONES = (64, 128, 192)  # where each zone's private subnet begins; the healthy platform has no third
_TASK_STRIDE = 8
# Copies of a service ("auth-07") stand between the places of the first three.
_COPIES_FROM, _COPIES_IN_A_STRIDE = 80, (0, 1, 2, 6, 7)
MOST_COPIES = 29


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
        return f"{self.prefix}.0/28", f"{self.prefix}.16/28"

    @property
    def private_subnets(self) -> tuple[str, ...]:
        """The networks of the two availability zones' private subnets: tasks, data stores and the monitor."""
        return tuple(f"{self.prefix}.{begin}/26" for begin in _PRIVATE_ZONES[:2])

    @property
    def third_zone(self) -> str:
        """The network of a subnet in a third zone, which the healthy platform does not have."""
        return f"{self.prefix}.{_PRIVATE_ZONES[2]}/26"

    def of(self, name: str) -> str:
        """Return the address of a part of the sandbox, such as ``postgres``."""
        return f"{self.prefix}.{_HOSTS[name]}"

    def load_balancer(self, index: int) -> str:
        """Return the address of the load balancer with this index in the platform."""
        return f"{self.prefix}.{_HOSTS['load-balancer'] + index}"

    def task(self, role: str, index: int) -> str:
        """Return the private address of a service's task; tasks alternate between the first two zones."""
        return self.task_in(role, index // 2, index % 2)

    def task_in(self, role: str, place: int, zone: int) -> str:
        """Return the private address of a service's task by its place in a zone, both counted from 0."""
        first = _first_host(role) - _PRIVATE_ZONES[0] + _PRIVATE_ZONES[zone]
        return f"{self.prefix}.{first + _TASK_STRIDE * place}"

    def close(self) -> None:
        """Give the network back."""
        self._lock.close()


def _first_host(role: str) -> int:
    if role in _HOSTS:
        return _HOSTS[role]
    stride, place = divmod(int(role.rpartition("-")[2]), len(_COPIES_IN_A_STRIDE))
    return _COPIES_FROM + _TASK_STRIDE * stride + _COPIES_IN_A_STRIDE[place]


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
