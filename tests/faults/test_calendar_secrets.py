"""A calendar's credentials never appear in plain text in tables, logs, Flower, pages, exports or commands."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from cli.main import main
from dashboard.app import create_app
from dashboard.page_dependencies import PageDependencies
from dashboard.shop.access.session_access import digest
from db.models import ModelRecord
from providers.calendars.registry import PROVIDERS
from settings.web import WebSettings
from tests import builders
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.world import World
from worker.task_run import BODIES, run_row

NO_SECRETS = {"channel_url", "channel_expires", "expires_at"}
LOUD, QUIET = 0, 50


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Captures all our log entries, and the libraries' log entries at the level used in production."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LOUD))
    with structlog.testing.capture_logs() as lines, caplog.at_level(logging.INFO):
        yield lambda: "\n".join([*map(repr, lines), *map(str, tracebacks(lines)), caplog.text])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(QUIET))


def tracebacks(lines: list[Any]) -> list[str]:
    errors = [line["exc_info"] for line in lines if isinstance(line.get("exc_info"), BaseException)]
    return ["".join(traceback.format_exception(error)) for error in errors]


@pytest.mark.parametrize("kind", long_except(PROVIDERS, "calcom"))
def test_a_credential_appears_nowhere_in_plain_text(world: World, kind: str, logged: Callable[[], str]) -> None:
    planted = "1" + secrets.token_hex(16)
    salon = CalendarShop.connected(world, kind, secret=planted)
    salon.ana = world.customer(salon.shop, "Ana")
    outcomes = _a_week(salon)
    texts = {
        "tables": _tables(world),
        "logs": logged(),
        "results of tasks": outcomes,
        "pages": _pages(salon),
        "commands": _commands(salon),
    }
    assert all(texts.values())
    clear = _in_clear(salon, planted)
    assert [(name, where) for name in clear for where in texts if clear[name] in texts[where]] == []


def _in_clear(salon: CalendarShop, planted: str) -> dict[str, str]:
    """Returns the secrets: the entered credentials, and the provider's tokens and signing keys."""
    stored = salon.world.one("SELECT credentials FROM calendars WHERE id = :id", id=salon.calendar_id)
    kept = salon.world.dependencies.calendars.box.decrypt(stored)
    assert planted in "".join(kept.values())
    given = {name: one for name, one in kept.items() if name not in NO_SECRETS and not name.endswith(("_id", "_ids"))}
    return {"planted": planted} | {name: one for name, one in given.items() if len(one) > 8}


def _a_week(salon: CalendarShop) -> str:
    """Runs a sale in which every call to the provider can fail.

    Returns the text that Celery would show for each task.
    """
    world, shown = salon.world, []
    id = salon.books()
    for fault in ("server_error", "timeout_before", "rate_limited", "token_revoked"):
        world.outside.fault(f"{salon.kind} *", fault, times=None)
        shown += _worked(salon)
        world.outside.clear_faults()
    shown += _worked(salon)
    salon.cancels(id)
    shown += _worked(salon)
    world.says(salon.ana, salon.shop, "YES")
    shown += _worked(salon)
    salon.pays(salon.ana)
    shown += _worked(salon)
    for task in ("preview_calendar", "start_calendar"):
        world.later(task, salon.calendar_id, shop_id=salon.shop.id)
    shown += _worked(salon)
    return "\n".join(shown)


def _worked(salon: CalendarShop) -> list[str]:
    world, shown = salon.world, []
    world.beat("sync_calendars")
    for _ in range(12):
        world.carry()
        shown += [
            f"{task.name} {task.args} {run_row(BODIES[task.name], task.name, task.id)}" for task in world.claimable()
        ]
        world.clock.pass_(timedelta(seconds=20))
    return shown


def _tables(world: World) -> str:
    """Returns all rows of all tables, as in a dump."""
    return "\n".join(
        str(row[0])
        for table in ModelRecord.metadata.sorted_tables
        for row in world.rows(f"SELECT t::text FROM {table.name} t")
    )


def _pages(salon: CalendarShop) -> str:
    """Returns the owner's pages that could contain credentials or calendar data."""
    world, token = salon.world, secrets.token_urlsafe()
    with world.session() as session:
        mia = builders.a_staff_member(session, salon.shop, email="mia@salon.example", role="owner")
        opened = {"shop_id": salon.shop.id, "staff_id": mia.id, "token_hash": digest(token)}
        builders.insert(session, "staff_sessions", **opened)
    settings = WebSettings(app_url="http://localhost", secret_key=secrets.token_hex())
    transactions = world.dependencies.transactions
    web = create_app(PageDependencies(settings, transactions.sessions, transactions)).test_client()
    web.set_cookie("slots_staff", token)
    appointment = world.rows("SELECT id, customer_id FROM appointments WHERE shop_id = :id", id=salon.shop.id)[0]
    slot = world.one("SELECT id FROM slot_openings WHERE shop_id = :id", id=salon.shop.id)
    paths = (
        *("/app/", "/app/appointments", "/app/customers", "/app/notifications", "/app/settings/calendars"),
        *(f"/app/settings/calendars/{salon.calendar_id}", f"/app/settings/calendars/connect?kind={salon.kind}"),
        *(f"/app/appointments/{appointment.id}", f"/app/slot-openings/{slot}"),
        *(f"/app/customers/{appointment.customer_id}", f"/app/customers/{appointment.customer_id}/data.json"),
    )
    answers = {path: web.get(path) for path in paths}
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    return "\n".join(answer.text for answer in answers.values())


def _commands(salon: CalendarShop) -> str:
    """Returns the output of commands that list, check and export."""
    shop, calendar = str(salon.shop.id), str(salon.calendar_id)
    lines = (
        *(["calendars", "list", "--json"], ["calendars", "check", calendar], ["calendars", "sync", calendar]),
        *(["export", what, "--shop", shop, "--full-phones"] for what in ("customers", "appointments")),
        ["pending", "list"],
    )
    answers = [CliRunner().invoke(main, line) for line in lines]
    assert [answer.output for answer in answers if answer.exit_code] == []
    return "\n".join(answer.output for answer in answers)
