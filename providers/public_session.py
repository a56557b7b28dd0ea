"""A requests session for addresses that a shop entered, which sends nothing to a private address.

The address is checked after the connection is made and before the first byte is sent, so it does not matter if a name
suddenly resolves to another address.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from providers.allowed_addresses import AddressNotAllowedError, require_allowed


def public_session(*, allow_loopback: bool, connections: int) -> Session:
    """Uses no proxy and never retries. A refused address raises AddressNotAllowedError from the request."""
    session = Session()
    session.trust_env = False
    adapter = _PublicAdapter(allow_loopback, connections)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _PublicAdapter(HTTPAdapter):
    def __init__(self, allow_loopback: bool, connections: int) -> None:
        self._allow_loopback = allow_loopback
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """The pools of this adapter make connections that check their address."""
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, _checked(HTTPConnection, self._allow_loopback)),
            "https": _pool(HTTPSConnectionPool, _checked(HTTPSConnection, self._allow_loopback)),
        }


def _checked(kind: type[HTTPConnection], allow_loopback: bool) -> type[HTTPConnection]:
    class Checked(kind):  # type: ignore[valid-type, misc]
        def _new_conn(self) -> socket.socket:
            opened: socket.socket = super()._new_conn()
            try:
                address = ipaddress.ip_address(opened.getpeername()[0].partition("%")[0])
                require_allowed(address, allow_loopback=allow_loopback)
            except (AddressNotAllowedError, OSError):
                opened.close()
                raise
            return opened

    return Checked


def _pool(kind: type[HTTPConnectionPool], connection: type[HTTPConnection]) -> type[HTTPConnectionPool]:
    return type(kind.__name__, (kind,), {"ConnectionCls": connection})
