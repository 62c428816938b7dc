"""A hostile platform: whatever is asked of it, it tells the key that was sent, in one form and at one place.

It remembers the last key, and tells it also to who sends none.
"""

import base64
import contextlib
import html
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

from registry_monitor.clients.http import BODY_CAP_BYTES

type Form = Callable[[str], str]
type Place = Callable[[str], bytes]  # what tells a text, as a whole answer

_KEY_HEADERS = (b"authorization", b"x-api-key", b"apikey")
_LONGEST_REQUEST_BYTES = 1_000_000

FORMS: Mapping[str, Form] = {
    "in clear": str,
    "in base64": lambda key: base64.b64encode(key.encode()).decode(),
    "in base64 behind one byte": lambda key: base64.b64encode(f":{key}".encode()).decode(),
    "in base64 behind two bytes": lambda key: base64.b64encode(f"u:{key}\n".encode()).decode(),
    "URL-encoded": lambda key: quote(key, safe=""),
    "URL-encoded, each character": lambda key: "".join(f"%{ord(char):02x}" for char in key),
    "JSON-escaped": lambda key: json.dumps(json.dumps({"key": key})),
    "JSON-escaped, each character": lambda key: "".join(f"\\u{ord(char):04x}" for char in key),
    "in hex": lambda key: key.encode().hex(),
    "in HTML entities": lambda key: html.escape("".join(f"&#{ord(char)};" for char in key), quote=False).replace(
        "&amp;#", "&#"
    ),
}


def _answer(status: str, *headers: str, body: str = "") -> bytes:
    content = body.encode("utf-8", "replace")
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + content


def in_body(status: int) -> Place:
    """A JSON body, as an application that debugs would write it."""
    told = "application/json"
    return lambda text: _answer(f"{status} Odd", f"Content-Type: {told}", body=f'{{"detail": "you sent {text}"}}')


def _split_at_the_cap(text: str) -> bytes:
    """The key begins before the last byte that is read of a body, and ends behind it."""
    return _answer("500 Odd", "Content-Type: text/plain", body="x" * (BODY_CAP_BYTES - len(text) // 2) + text)


PLACES: Mapping[str, Place] = {
    "an error page": lambda text: _answer("500 Odd", "Content-Type: text/html", body=f"<h1>500</h1><pre>{text}</pre>"),
    "plain text of 401": lambda text: _answer("401 No", "Content-Type: text/plain", body=f"bad key: {text}"),
    "MLflow's own words": lambda text: _answer(
        "403 No",
        "Content-Type: application/json",
        body=json.dumps({"error_code": "PERMISSION_DENIED", "message": text}),
    ),
    "the reason of the status": lambda text: _answer(f"500 {text}"),
    "the status line, which is none": lambda text: f"{text} 500\r\n\r\n".encode(),
    "Location": lambda text: _answer("302 Found", f"Location: http://elsewhere.invalid/login?key={text}"),
    "Set-Cookie": lambda text: _answer("500 Odd", f"Set-Cookie: session={text}; Path=/"),
    "Server": lambda text: _answer("500 Odd", f"Server: {text}"),
    "WWW-Authenticate": lambda text: _answer("401 No", f'WWW-Authenticate: Bearer realm="{text}"'),
    "Retry-After": lambda text: _answer("429 Too Many", f"Retry-After: {text}"),
    "Content-Type": lambda text: _answer("500 Odd", f"Content-Type: {text}"),
    "a header's name": lambda text: _answer("500 Odd", f"X-{text}: 1"),
    "the size of a chunk": lambda text: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{text}\r\n".encode(),
    "a body cut at the cap": _split_at_the_cap,
    "a body of a megabyte": lambda text: _answer("500 Odd", body=f"{text} " * (1_000_000 // (len(text) + 1))),
}


@contextmanager
def echoing(tell: Place, tls: ssl.SSLContext | None) -> Iterator[str]:
    """Serve on loopback; the address, ``host:port``."""
    listening = socket.create_server(("127.0.0.1", 0))
    known: list[str] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # closed: the end
                return
            threading.Thread(target=_answer_one, args=(connection, tls, tell, known), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def _answer_one(connection: socket.socket, tls: ssl.SSLContext | None, tell: Place, known: list[str]) -> None:
    connection.settimeout(5)
    with contextlib.suppress(OSError), connection:
        talking = tls.wrap_socket(connection, server_side=True) if tls else connection
        with talking:
            head = _head_of(talking)
            for line in head.split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name.lower() in _KEY_HEADERS and value.strip():
                    known.append(value.strip().decode("latin-1").rpartition(" ")[2])
            talking.sendall(tell(known[-1] if known else "nothing"))


def _head_of(talking: socket.socket) -> bytes:
    """The request's head; of its body, what comes with it."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _LONGEST_REQUEST_BYTES:
        more = talking.recv(65536)
        if not more:
            break
        received += more
    return received.partition(b"\r\n\r\n")[0]
