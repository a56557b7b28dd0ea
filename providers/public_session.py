"""A requests session for addresses that a shop entered. It sends nothing to private addresses.

The address is checked between the connection and the first sent byte, so a name that suddenly resolves to another
address cannot bypass the check.
"""

import ipaddress
import socket
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from providers.allowed_addresses import AddressNotAllowedError, require_allowed


def public_session(*, allow_loopback: bool, connections: int) -> Session:
    """Returns a session without a proxy or retries. A request to a refused address raises AddressNotAllowedError."""
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
        """Creates pools whose connections check their address."""
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
