"""Checks whether a server is listening at an address."""

import socket


def connection_error(host: str | None, port: int, timeout: float) -> str | None:
    """Returns the connection error, or None if a server is listening. Unix sockets are not checked."""
    if host is None or host.startswith("/"):
        return None
    try:
        socket.create_connection((host, port), timeout=timeout).close()
    except OSError as error:
        return str(error)
    return None
