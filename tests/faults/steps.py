"""Observes every step of a task at the boundary of the process, so that none is omitted.

Steps occur at a statement to Postgres, before and after a commit, at a request to a provider, at its response, and at
a command to Redis (gates and published messages). New steps of a task are observed without further code.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis.connection
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

Step = Callable[[str], None]


@contextmanager
def watched(engine: Engine, sessions: sessionmaker[Session], step: Step) -> Iterator[None]:
    """Calls `step` with the name of each step while the block runs."""

    def statement(_c: Any, _cursor: Any, sql: str, *_: Any) -> None:
        step("before a statement: " + " ".join(sql.split())[:50])

    def after_statement(connection: Any, *_: Any) -> None:
        if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            step("after the commit")

    def before_commit(_: Session) -> None:
        step("before the commit")

    def after_commit(_: Session) -> None:
        step("after the commit")

    listeners = [
        (engine, "before_cursor_execute", statement),
        (engine, "after_cursor_execute", after_statement),
        (sessions, "before_commit", before_commit),
        (sessions, "after_commit", after_commit),
    ]
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        with _http(step), _redis(step):
            yield
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)


@contextmanager
def _http(step: Step) -> Iterator[None]:
    connection = http.client.HTTPConnection
    ask, answer = connection.endheaders, connection.getresponse

    def asking(self: Any, *args: Any, **more: Any) -> Any:
        step("before a provider is asked")
        return ask(self, *args, **more)

    def answered(self: Any, *args: Any, **more: Any) -> Any:
        step("while a provider is asked")
        answered = answer(self, *args, **more)
        try:
            step("after a provider has answered")
        except BaseException:
            # A worker that stops here never reads the response, so the connection is closed, as for a killed process.
            answered.close()
            raise
        return answered

    connection.endheaders, connection.getresponse = asking, answered  # type: ignore[method-assign]
    try:
        yield
    finally:
        connection.endheaders, connection.getresponse = ask, answer  # type: ignore[method-assign]


@contextmanager
def _redis(step: Step) -> Iterator[None]:
    connection = redis.connection.AbstractConnection
    send = connection.send_packed_command

    def sending(self: Any, command: Any, *args: Any, **more: Any) -> Any:
        step("before a command to Redis")
        sent = send(self, command, *args, **more)
        try:
            step("after a command to Redis")
        except BaseException:
            # The next command would otherwise read the response to this command.
            self.disconnect()
            raise
        return sent

    connection.send_packed_command = sending  # type: ignore[method-assign]
    try:
        yield
    finally:
        connection.send_packed_command = send  # type: ignore[method-assign]
