"""What a fault of the network is, and the two ways in which one is written."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tests.torture.network.proxy import Play, Reply, Wire


class Effect(Enum):
    """What a fault means for who asks."""

    HARMLESS = "harmless"  # every answer is there, whole and right: a failure would not be true
    BROKEN = "broken"  # no answer is one: that the thing works would not be true
    EITHER = "either"  # slow, or right for who reads it in another way: both may be said


@dataclass(frozen=True)
class Fault:
    """One way in which connections go wrong. ``play``: see ``Play``; ``has_tls``: only where its port has TLS."""

    name: str
    play: Play
    effect: Effect
    is_of_answers: bool = False
    needs_tls: bool = False


type Spoil = Callable[[Wire, Reply], None]


def answering(spoil: Spoil) -> Play:
    """A fault of answers: each request is passed on, and what comes back is sent as ``spoil`` sends it.

    A request that is none of the fault's concern gets its right answer; after a spoilt one the connection is closed.
    """

    def play(wire: Wire) -> None:
        wire.secure()
        for request in wire.requests():
            reply = wire.forward(request)
            if wire.proxy.concerns(request):
                spoil(wire, reply)
                return
            wire.send(reply.whole())

    return play


def sending(*parts: bytes) -> Spoil:
    """Send these bytes in the place of any answer."""
    return lambda wire, reply: wire.send(*parts)
