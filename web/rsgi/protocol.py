"""Types for the parts of Granian's RSGI that this package uses."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Protocol


class Headers(Protocol):
    """The request's headers. Names are in lower case and may be repeated. Granian drops values that are not ASCII."""

    def __contains__(self, name: str) -> bool: ...

    def get(self, name: str, default: str | None = None) -> str | None: ...

    def items(self) -> list[tuple[str, str]]: ...


class Scope(Protocol):
    """A request. `path` is percent-decoded as UTF-8; `client` and `server` have the format host:port."""

    @property
    def http_version(self) -> str: ...

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def query_string(self) -> str: ...

    @property
    def scheme(self) -> str: ...

    @property
    def client(self) -> str: ...

    @property
    def server(self) -> str: ...

    @property
    def headers(self) -> Headers: ...


class Stream(Protocol):
    """Sends the body of a response whose headers have already been sent."""

    def send_bytes(self, data: bytes) -> Awaitable[None]: ...


class Exchange(Protocol):
    """One request and its response.

    Iterating yields the body. The iteration ends early, without an error, if the client disconnects.
    """

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def response_bytes(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None: ...

    def response_stream(self, status: int, headers: Sequence[tuple[str, str]]) -> Stream: ...
