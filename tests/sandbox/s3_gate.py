"""MLflow's way to S3: open while its subnet has a route to the endpoint, else its packets are dropped."""

from tests.sandbox.aws.routes import reaches_s3
from tests.sandbox.black_hole import BlackHole
from tests.sandbox.forwarder import Forwarder
from tests.sandbox.world import World

_PORT = 9000


class S3Gate:
    """A port before moto's S3; ``follow`` opens or closes it as the route tables are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._address = world.addresses.of("s3-gate")
        host, _, port = world.control_plane.url.removeprefix("http://").rpartition(":")
        self._behind = (host, int(port))
        self._open: Forwarder | None = None
        self._closed: BlackHole | None = None

    @property
    def url(self) -> str:
        """Where MLflow finds S3."""
        return f"http://{self._address}:{_PORT}"

    def follow(self) -> None:
        """Lead to S3, cutting nothing that is open, or cut everything and answer no more."""
        if reaches_s3(self._world, self._world.subnets[0]):
            if self._closed:
                self._closed.close()
                self._closed = None
            self._open = self._open or Forwarder(self._address, _PORT, self._behind)
        else:
            if self._open:
                self._open.stop()
                self._open = None
            self._closed = self._closed or BlackHole(self._address, _PORT)

    def stop(self) -> None:
        """Give the port back."""
        for part in (self._open and self._open.stop, self._closed and self._closed.close):
            if part:
                part()
