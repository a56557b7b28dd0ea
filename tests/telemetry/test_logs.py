"""Log entries contain the name of the process and ids that link the entries, but no private data."""

import json
import subprocess
import sys

import pytest
import structlog

from cli.log_lines import ID_FIELDS, about, read_lines
from telemetry import logs
from tests.deploy.files import ROOT
from worker.app import process_of

A_SLOT, ANOTHER = "7b65b5ef-4e1b-4d95-a16c-3aef5f828167", "1460397c-1dae-41df-b319-d3c7890c8103"
A_TASK, AN_EVENT, A_CELERY_ID = (f"{n}" * 8 + "-1111-4111-8111-111111111111" for n in "123")

SAY_ALL = """
import logging, structlog
from telemetry import logs
logs.configure(process='worker texts')
log = structlog.get_logger('ours')
with logs.context(task='send_message', task_id='t-1'):
    log.info('task', outcome='sent')
try:
    raise ValueError('no such number: +447700900123')
except ValueError as error:
    log.warning('task_failed', error='ValueError', exc_info=error)
logging.getLogger('somebody.else').error('also logged')
logging.getLogger('stripe').info('too much')
"""


def test_every_line_is_json_and_says_who_and_about_what():
    first, failed, other = logged_by(SAY_ALL)
    assert (first["event"], first["process"], first["task_id"], first["level"]) == (
        "task",
        "worker texts",
        "t-1",
        "info",
    )
    assert "task_id" not in failed
    assert (other["event"], other["process"], other["logger"]) == ("also logged", "worker texts", "somebody.else")
    assert all(line["timestamp"].endswith("Z") for line in (first, failed, other))


def test_an_exception_brings_no_phone_number_along():
    _, failed, _ = logged_by(SAY_ALL)
    assert "ValueError: no such number: +447…23" in failed["exception"]
    assert "7700900" not in json.dumps(failed)


def test_the_row_that_postgres_refused_is_not_logged():
    exception = (
        "Traceback (most recent call last):\n  File x\npsycopg.errors.NotNullViolation: null value in column\n"
        "DETAIL:  Failing row contains (1, Ana,\n hello my dear, x@example.com).\n"
        "[SQL: INSERT INTO messages ...]"
    )
    line = logs.remove_private_data(None, "", {"event": "task_failed", "exception": exception})
    assert "NotNullViolation" in line["exception"]
    assert "[SQL: INSERT" in line["exception"]
    assert "Ana" not in line["exception"]
    assert "dear" not in line["exception"]


def test_context_of_one_task_is_cleared_before_the_next():
    with logs.context(task="outer"):
        with logs.context(task="inner", task_id="1", nothing=None):
            logs.bind(slot_opening_id=A_SLOT, appointment_id=None)
            assert structlog.contextvars.get_contextvars() == {
                "task": "inner",
                "task_id": "1",
                "slot_opening_id": A_SLOT,
            }
        assert structlog.contextvars.get_contextvars() == {"task": "outer"}
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["celery", "-A", "worker.app", "worker", "-n", "texts@%h", "-Q", "texts"], "worker texts"),
        (["celery", "-A", "worker.app", "worker"], "worker"),
        (["celery", "-A", "worker.app", "beat"], "beat"),
        (["celery", "-A", "worker.app", "flower"], "flower"),
    ],
)
def test_processes_are_distinguished(arguments, name):
    assert process_of(arguments) == name


def test_one_recovery_is_followed_over_all_that_it_touched():
    found = about(list(read_lines(STORY)), A_SLOT)
    assert [line.fields["event"] for line in found] == ["request", "published", "decided", "task"]


def test_any_id_on_the_way_leads_to_the_same_lines():
    lines = list(read_lines(STORY))
    whole = about(lines, A_SLOT)
    assert about(lines, AN_EVENT) == about(lines, A_TASK) == whole


def test_two_recoveries_that_one_tick_decided_about_are_kept_apart():
    assert all(line.slot != ANOTHER for line in about(list(read_lines(STORY)), A_SLOT))


def test_an_unknown_id_is_not_found():
    assert about(list(read_lines(STORY)), "5ff0fbc1-0000-4000-8000-000000000000") == []


def line(second, process, event, **more):
    return json.dumps(
        {"timestamp": f"2026-11-21T05:00:0{second}.000000Z", "process": process, "event": event, **more}
    )


# Lines of several files, which are not in chronological order, and lines of other programs.
STORY = [
    "-------------- texts@vm v5.7.0 (dawn-chorus)",
    line(3, "worker offers", "decided", celery_id=A_CELERY_ID, task="tick", slot_opening_id=A_SLOT),
    line(3, "worker offers", "decided", celery_id=A_CELERY_ID, task="tick", slot_opening_id=ANOTHER),
    line(4, "worker replies", "task", task_id=A_TASK, webhook_event_id=AN_EVENT, slot_opening_id=A_SLOT),
    f"web-1  | {line(1, 'web', 'request', webhook_event_id=AN_EVENT)}",
    line(1, "web", "request", webhook_event_id="9" * 8 + "-1111-4111-8111-111111111111"),
    line(2, "beat", "published", task="tick", celery_id=A_CELERY_ID),
    "{broken",
    "[1, 2]",
]


def logged_by(code):
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return [json.loads(text) for text in done.stderr.splitlines()]


def test_the_ids_that_workers_log_are_those_that_lead_from_one_process_to_the_next() -> None:
    """`slots logs` follows these fields. A worker that used other names would break the links."""
    logged = "".join((ROOT / "worker" / name).read_text(encoding="utf-8") for name in ("app.py", "task_run.py"))
    assert {name for name in ("celery_id", "task_id", "webhook_event_id") if f"{name}=" in logged} <= set(ID_FIELDS)
    assert "celery_id=" in logged
