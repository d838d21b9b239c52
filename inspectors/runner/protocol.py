"""How a server and a runner talk: JSON lines over TCP on 127.0.0.1, a request and its reply sharing an `id`.

The first message of a connection is {"op": "hello", "token"}; a wrong token closes it. Nothing is sent unasked.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

LINE_LIMIT = 64 * 1024 * 1024


class Disconnected(ConnectionError):
    """The other side is gone."""


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send one message. Raises Disconnected."""
    try:
        connection.sendall(json.dumps(message).encode() + b"\n")
    except OSError as error:
        raise Disconnected(str(error)) from error


def receive(connection: socket.socket) -> Iterator[dict[str, Any]]:
    """Messages until the other side closes. Raises Disconnected if the connection breaks or a line is too long."""
    pending, looked = bytearray(), 0
    while True:
        try:
            chunk = connection.recv(65536)
        except OSError as error:
            raise Disconnected(str(error)) from error
        if not chunk:
            return
        pending += chunk
        if len(pending) > LINE_LIMIT:
            raise Disconnected("a message is too long")
        while (end := pending.find(b"\n", looked)) >= 0:
            line = bytes(pending[:end])
            del pending[: end + 1]
            looked = 0
            yield json.loads(line)
        looked = len(pending)


def listen() -> socket.socket:
    """A listening socket on a free loopback port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    return listener


def dial(port: int, token: str, timeout: float = 2.0) -> socket.socket:
    """Connect to a runner. Raises Disconnected."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    except OSError as error:
        raise Disconnected(str(error)) from error
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(None)
    send(connection, {"op": "hello", "token": token})
    return connection
