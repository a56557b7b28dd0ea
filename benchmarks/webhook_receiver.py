"""Receives and counts outgoing webhooks on plain sockets. A slower receiver would distort the measurement."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
SILENCE = b""


class CountingReceiver:
    """Counts received webhooks. `times` are the times of the responses, in seconds of the monotonic clock."""

    def __init__(self, answer: bytes) -> None:
        self.times: list[float] = []
        self._answer_bytes = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/hooks"

    def serve(self) -> None:
        """Accepts connections, each in its own thread, until the receiver is closed."""
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        received = b""
        with connection:
            while part := connection.recv(65536):
                received += part
                while (length := _complete(received)) is not None:
                    received = received[length:]
                    connection.sendall(self._answer_bytes)
                    self.times.append(time.monotonic())

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def _complete(received: bytes) -> int | None:
    """Returns the length of the first request, or None if the request is incomplete."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    lengths = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = len(head) + len(end) + sum(lengths)
    return length if len(head) + len(end) + len(body) >= length else None


@contextmanager
def counting_receiver(answer: bytes = ANSWER) -> Iterator[CountingReceiver]:
    """Runs a receiver on a free port. With SILENCE as the answer, the receiver never responds."""
    receiver = CountingReceiver(answer)
    thread = threading.Thread(target=receiver.serve, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.close()
        thread.join()
