"""The log states why a server can't be used, but quotes no row."""

import psycopg
from sqlalchemy.exc import OperationalError

from telemetry.error_origin import reason_of


def test_the_reason_is_the_first_line_of_the_servers_message():
    refused = psycopg.OperationalError('FATAL: role "slots" may not log in\nDETAIL: Failing row contains (Ana).')
    error = OperationalError("SELECT %(name)s", {"name": "Ana"}, refused)
    assert reason_of(error) == 'OperationalError: FATAL: role "slots" may not log in'


def test_an_error_without_a_message_is_named():
    assert reason_of(TimeoutError()) == "TimeoutError"
