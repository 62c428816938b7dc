"""What stands before PostgreSQL, whose build has no TLS: it ends TLS for the host name that RDS gave.

It asks the server before it offers TLS, so that a server that hangs, hangs for everybody who connects.
Messages: PostgreSQL documentation, "Message Formats", SSLRequest and GSSENCRequest.
"""

import asyncio
import ssl

from tests.sandbox.forwarder import Forwarder

_SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
_GSS_REQUEST = bytes.fromhex("00000008 04d21630")


class DatabaseFront(Forwarder):
    """TLS at ``address:port`` for the server at ``destination``; who begins without it is forwarded as he is."""

    def __init__(self, address: str, port: int, destination: tuple[str, int], tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(address, port, destination)

    async def _greet(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        while (first := await reader.readexactly(8)) in (_SSL_REQUEST, _GSS_REQUEST):
            far_writer.write(first)
            refusal = await far_reader.readexactly(1)
            if first == _GSS_REQUEST:
                writer.write(refusal)
            else:
                writer.write(b"S")
                await writer.start_tls(self._tls)
        far_writer.write(first)
