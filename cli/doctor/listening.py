"""Whether anything listens at an address, before it is asked in its own protocol."""

import socket


def silence(host: str | None, port: int, timeout: float) -> str | None:
    """Why nothing listens; None when something does. A socket in a folder is left to the library that uses it."""
    if host is None or host.startswith("/"):
        return None
    try:
        socket.create_connection((host, port), timeout=timeout).close()
    except OSError as why:
        return str(why)
    return None
