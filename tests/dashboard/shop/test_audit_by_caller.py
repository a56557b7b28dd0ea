"""A write adds the same entry to the audit log, whether a page, the API or a command makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.app import create_app
from cli.main import main
from tests.api.callers import Caller, a_key
from tests.api.conftest import opened_api
from tests.builders import Built, a_customer, a_performer, a_shop, a_slot, an_appointment, in_, insert
from tests.dashboard.shop.conftest import StaffBrowser
from tests.effort import long_except
from tests.servers import patient

FORM = "/app/customers/new"
"""A page with a CSRF token."""
URL = "https://hooks.example/slots"
PRIVATE = ("Ana", "Ruiz", "Lou", "7700900", "ana@", "hooks.example", "whsec_", "Prefers tea")
"""Parts of the names, addresses, secrets and texts of the rows in this file."""
LOG = text("""
SELECT event, actor, because, detail FROM audit_logs
 WHERE event NOT IN ('ApiKeyCreated', 'StaffSignedIn') ORDER BY seq
""")


@dataclass
class Callers:
    """A shop with one row of each kind, and its three callers."""

    session: Session
    shop: Built
    desk: StaffBrowser
    api: Caller

    def add(self, table: str, **values: Any) -> Any:
        """Inserts a row of the shop, and returns its id."""
        return insert(self.session, table, shop_id=self.shop.id, **values).id

    def page(self, path: str, **fields: Any) -> None:
        """Submits a form."""
        self.session.commit()
        answer = self.desk.post(f"/app{path}", form=FORM, **fields)
        assert answer.status_code in {200, 303}, answer.text

    def request(self, method: str, path: str, body: Any = None) -> None:
        """Sends a request to the API."""
        self.session.commit()
        answer = self.api.send(method, path, json=body)
        assert answer.status_code < 300, answer.text

    def slots(self, *words: Any) -> None:
        """Runs a command."""
        self.session.commit()
        ended = CliRunner().invoke(main, [str(word) for word in words])
        assert ended.exit_code == 0, ended.output

    @cached_property
    def endpoint(self) -> Any:
        return self.add("webhook_endpoints", url=URL, secret="x")

    @cached_property
    def delivery(self) -> Any:
        assert self.endpoint
        a_slot(self.session, self.shop)
        return self.session.execute(text("SELECT id FROM webhook_deliveries")).scalar_one()

    @cached_property
    def service(self) -> Any:
        return self.add("services", name="Cut")

    @cached_property
    def performer(self) -> Any:
        return a_performer(self.session, self.shop, name="Lou").id

    @cached_property
    def ana(self) -> Built:
        return a_customer(self.session, self.shop, name="Ana Ruiz", phone="+447700900111", sms_opt_in=False)

    @cached_property
    def entry(self) -> Any:
        return self.add("waitlist_entries", customer_id=self.ana.id)

    @cached_property
    def appointment(self) -> Any:
        return an_appointment(self.session, self.ana).id


@pytest.fixture(scope="module")
def api(shared_database: str, redis_server: str) -> Iterator[Flask]:
    with opened_api() as api_on:
        yield create_app(api_on(patient(shared_database), redis_server))


@pytest.fixture
def callers(
    session: Session,
    salon: Built,
    desk: StaffBrowser,
    api: Flask,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Callers:
    monkeypatch.setenv("DATABASE_URL", database_url)
    return Callers(session, salon, desk, Caller(api.test_client(), a_key(session, salon)))


@pytest.fixture
def salon(session: Session) -> Built:
    shop = a_shop(session, name="Salon Lou", timezone="UTC", country="GB")
    session.commit()
    return shop


def _times() -> dict[str, str]:
    at = in_(hours=50)
    return {"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=1)).isoformat()}


def _form_of_times() -> dict[str, str]:
    at = in_(hours=50)
    return {"day": at.date().isoformat(), "at": f"{at:%H:%M}", "minutes": "60"}


HOOKS, ANA = "/settings/webhooks", {"phone": "+447700900123", "email": "", "locale": "", "note": "", "tags": ""}
CUT = {"duration_minutes": "60", "price": "", "deposit": ""}
CONSENT = {"sms_opt_in": True, "consent": {"source": "Form"}}

Write = Callable[[Callers], None]
WRITES: dict[str, tuple[str, dict[str, Write]]] = {
    "an endpoint is added": (
        "WebhooksChanged",
        {
            "page": lambda c: c.page(HOOKS, url=URL, description="", types="slot.opened"),
            "API": lambda c: c.request("POST", "/webhook-endpoints", {"url": URL}),
            "command": lambda c: c.slots("webhooks", "create", "--shop", c.shop.id, "--url", URL),
        },
    ),
    "an endpoint is disabled": (
        "WebhooksChanged",
        {
            "page": lambda c: c.page(f"{HOOKS}/{c.endpoint}/status", status="disabled"),
            "API": lambda c: c.request("PATCH", f"/webhook-endpoints/{c.endpoint}", {"status": "disabled"}),
            "command": lambda c: c.slots("webhooks", "disable", c.endpoint),
        },
    ),
    "an endpoint is enabled": (
        "WebhooksChanged",
        {
            "page": lambda c: c.page(f"{HOOKS}/{c.endpoint}/status", status="enabled"),
            "API": lambda c: c.request("PATCH", f"/webhook-endpoints/{c.endpoint}", {"status": "enabled"}),
            "command": lambda c: c.slots("webhooks", "enable", c.endpoint),
        },
    ),
    "a secret is replaced": (
        "WebhooksChanged",
        {
            "page": lambda c: c.page(f"{HOOKS}/{c.endpoint}/rotate-secret"),
            "API": lambda c: c.request("POST", f"/webhook-endpoints/{c.endpoint}/rotate-secret"),
            "command": lambda c: c.slots("webhooks", "rotate-secret", c.endpoint),
        },
    ),
    "an endpoint is deleted": (
        "WebhooksChanged",
        {
            "page": lambda c: c.page(f"{HOOKS}/{c.endpoint}/delete"),
            "API": lambda c: c.request("DELETE", f"/webhook-endpoints/{c.endpoint}"),
            "command": lambda c: c.slots("webhooks", "delete", c.endpoint),
        },
    ),
    "an endpoint is tested": (
        "WebhookTested",
        {
            "page": lambda c: c.page(f"{HOOKS}/{c.endpoint}/test"),
            "API": lambda c: c.request("POST", f"/webhook-endpoints/{c.endpoint}/test"),
            "command": lambda c: c.slots("webhooks", "test", c.endpoint),
        },
    ),
    "an event is sent again": (
        "WebhookResent",
        {
            "page": lambda c: c.page(f"{HOOKS}/{c.endpoint}/deliveries/{c.delivery}/resend"),
            "API": lambda c: c.request("POST", f"/webhook-deliveries/{c.delivery}/resend"),
            "command": lambda c: c.slots("webhooks", "resend", c.delivery),
        },
    ),
    "a service is added": (
        "CatalogueChanged",
        {
            "page": lambda c: c.page("/settings/services", name="Cut", **CUT),
            "API": lambda c: c.request("POST", "/services", {"name": "Cut"}),
            "API, by external id": lambda c: c.request("PUT", "/services/external/a", {"name": "Cut"}),
        },
    ),
    "a service is renamed": (
        "CatalogueChanged",
        {
            "page": lambda c: c.page(f"/settings/services/{c.service}", name="Perm", **CUT),
            "API": lambda c: c.request("PATCH", f"/services/{c.service}", {"name": "Perm"}),
        },
    ),
    "a service is deactivated": (
        "CatalogueChanged",
        {
            "page": lambda c: c.page(f"/settings/services/{c.service}/status", active="0"),
            "API": lambda c: c.request("PATCH", f"/services/{c.service}", {"active": False}),
        },
    ),
    "a performer is added": (
        "CatalogueChanged",
        {
            "page": lambda c: c.page("/settings/performers", name="Lou"),
            "API": lambda c: c.request("POST", "/performers", {"name": "Lou"}),
        },
    ),
    "a performer is deactivated": (
        "CatalogueChanged",
        {
            "page": lambda c: c.page(f"/settings/performers/{c.performer}/status", active="0"),
            "API": lambda c: c.request("PATCH", f"/performers/{c.performer}", {"active": False}),
        },
    ),
    "a customer joins the waiting list": (
        "WaitlistJoined",
        {
            "page": lambda c: c.page(f"/customers/{c.ana.id}/waitlist", note="Prefers tea"),
            "API": lambda c: c.request("POST", "/waitlist", {"customer_id": str(c.ana.id), "note": "Prefers tea"}),
            "command": lambda c: c.slots("waitlist", "add", c.ana.id, "--shop", c.shop.id, "--note", "Prefers tea"),
        },
    ),
    "a customer leaves the waiting list": (
        "WaitlistLeft",
        {
            "page": lambda c: c.page(f"/waitlist/{c.entry}/leave"),
            "API": lambda c: c.request("DELETE", f"/waitlist/{c.entry}"),
            "API, by a change": lambda c: c.request("PATCH", f"/waitlist/{c.entry}", {"status": "left"}),
            "command": lambda c: c.slots("waitlist", "remove", c.entry),
        },
    ),
    "a wish is changed": (
        "WaitlistChanged",
        {"API": lambda c: c.request("PATCH", f"/waitlist/{c.entry}", {"note": "Prefers tea"})},
    ),
    "a customer is added": (
        "CustomerAdded",
        {
            "page": lambda c: c.page("/customers/new", name="Ana", **ANA),
            "API": lambda c: c.request("POST", "/customers", {"name": "Ana", "phone": "+447700900123"}),
            "API, by external id": lambda c: c.request("PUT", "/customers/external/a", {"name": "Ana"}),
        },
    ),
    "a customer is renamed": (
        "CustomerChanged",
        {
            "page": lambda c: c.page(f"/customers/{c.ana.id}/edit", name="Ana", **(ANA | {"phone": c.ana.phone})),
            "API": lambda c: c.request("PATCH", f"/customers/{c.ana.id}", {"name": "Ana"}),
        },
    ),
    "a customer is opted in": (
        "CustomerOptedInByStaff",
        {
            "page": lambda c: c.page(f"/customers/{c.ana.id}/opt-in", source="Form"),
            "API": lambda c: c.request("PATCH", f"/customers/{c.ana.id}", CONSENT),
        },
    ),
    "a customer is opted out": (
        "CustomerOptedOutByStaff",
        {
            "page": lambda c: c.page(f"/customers/{c.ana.id}/opt-out"),
            "API": lambda c: c.request("POST", f"/customers/{c.ana.id}/opt-out"),
        },
    ),
    "a customer is erased": (
        "CustomerForgotten",
        {
            "API": lambda c: c.request("DELETE", f"/customers/{c.ana.id}"),
            "command": lambda c: c.slots("customers", "forget", c.ana.id),
        },
    ),
    "an appointment is booked": (
        "AppointmentBooked",
        {
            "page": lambda c: c.page("/calendar/new", customer=c.ana.name, **_form_of_times()),
            "API": lambda c: c.request("POST", "/appointments", {"customer_id": str(c.ana.id), **_times()}),
        },
    ),
    "an appointment is changed": (
        "AppointmentChanged",
        {
            "page": lambda c: c.page(f"/appointments/{c.appointment}/note", note="Prefers tea"),
            "API": lambda c: c.request("PATCH", f"/appointments/{c.appointment}", {"price_cents": 100}),
        },
    ),
    "an appointment is moved": (
        "AppointmentMoved",
        {
            "page": lambda c: c.page(f"/appointments/{c.appointment}/move", **_form_of_times()),
            "API": lambda c: c.request("PATCH", f"/appointments/{c.appointment}", _times()),
        },
    ),
    "an appointment is cancelled": (
        "AppointmentCancelled",
        {
            "page": lambda c: c.page(f"/appointments/{c.appointment}/cancel", deposit="keep"),
            "API": lambda c: c.request("POST", f"/appointments/{c.appointment}/cancel"),
        },
    ),
}
CASES = [(name, who) for name, (_, writes) in WRITES.items() for who in writes]


@pytest.mark.parametrize(("name", "who"), long_except(CASES, *CASES[::4]))
def test_a_write_is_one_entry_with_its_caller_and_without_personal_data(
    callers: Callers, mia: Built, name: str, who: str
) -> None:
    event, writes = WRITES[name]
    writes[who](callers)
    callers.session.rollback()
    log = callers.session.execute(LOG).all()
    actors = {"page": str(mia.id), "API": "api_key:Test", "command": "operator"}
    assert [(row.event, row.actor) for row in log] == [(event, actors[who.partition(",")[0]])]
    assert [part for part in PRIVATE if part in f"{log[0].because} {log[0].detail}"] == []


def test_a_write_that_changes_nothing_is_not_noted(callers: Callers) -> None:
    """A booking system repeats its rows every night."""
    for path, body in (
        ("/services/external/a", {"name": "Cut", "price_cents": 100}),
        ("/performers/external/a", {"name": "Lou"}),
        ("/customers/external/a", {"name": "Ana", "phone": "+447700900123", **CONSENT}),
        ("/appointments/external/a", {"customer_external_id": "a", "price_cents": 100, **_times()}),
    ):
        callers.request("PUT", path, body)
        noted = len(callers.session.execute(LOG).all())
        callers.request("PUT", path, body)
        assert len(callers.session.execute(LOG).all()) == noted, path
