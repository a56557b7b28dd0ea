"""Keeps connections to a provider open: one pooled session per client, safe to share between threads."""

from urllib.parse import urlsplit

from requests import Session
from requests.adapters import HTTPAdapter

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def pooled_session(base_url: str, connections: int) -> Session:
    """A session that keeps up to `connections` open and repeats nothing by itself.

    Make it after the fork: two processes on one socket read each other's answers.
    """
    session = Session()
    # A text is not idempotent: what did not come back is reconciled, never repeated by the transport.
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # A proxy for the internet does not reach the sandbox on our own loopback.
    session.trust_env = urlsplit(base_url).hostname not in LOOPBACK
    return session
