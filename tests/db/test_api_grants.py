"""The API's role has exactly the privileges that its routes need."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.models import ModelRecord
from db.tasks import pending_tasks
from db.waitlist.waitlist import WISHES as WISH
from tests.builders import a_customer, a_payment, a_shop, a_slot, an_appointment, insert

READS = {
    "slot_choices",
    *("shops", "performers", "customers", "services", "performer_services", "suppressions", "appointments"),
    *("appointment_moves", "slot_openings", "slot_offers", "messages", "audit_logs", "pending_tasks"),
    *("idempotency_records", "events", "webhook_deliveries"),
}
OF_THE_INSTALLATION = {"usable_channels"}
"""Tables without data of a shop."""
WRITES = {
    *("performers", "customers", "services", "suppressions", "appointments", "appointment_moves", "audit_logs"),
    "idempotency_records",
}
TABLE_WIDE = {
    *((table, "SELECT") for table in READS | OF_THE_INSTALLATION),
    *((table, "INSERT") for table in WRITES),
    ("idempotency_records", "UPDATE"),
}
COLUMNS = {
    ("staff", "SELECT"): {"id", "shop_id", "name"},
    ("calendars", "SELECT"): {"id", "kind", "shop_id", "status"},
    ("payments", "INSERT"): {
        "attempt",
        *("id", "shop_id", "appointment_id", "amount_cents", "currency", "status"),
        *("stripe_payment_intent_id", "succeeded_at"),
    },
    ("payments", "UPDATE"): {"deposit_kept_at"},
    ("customers", "UPDATE"): {
        *("name", "phone", "email", "sms_opt_in", "email_opt_in", "whatsapp_opt_in", "timezone", "locale"),
        *("consent_source", "consent_wording", "consent_at", "external_id"),
        *("whatsapp_consent_source", "whatsapp_consent_wording", "whatsapp_consent_at"),
        *("email_consent_source", "email_consent_wording", "email_consent_at"),
    },
    ("performers", "UPDATE"): {"name", "external_id", "active"},
    ("services", "UPDATE"): {
        "name",
        "duration_minutes",
        "price_cents",
        "deposit_cents",
        "active",
        "external_id",
    },
    ("appointments", "UPDATE"): {
        *("starts_at", "ends_at", "performer_id", "customer_id", "service_id", "service", "price_cents"),
        *("deposit_cents", "payment_required", "source_slot_opening_id", "external_id", "status"),
        *("cancelled_from", "cancelled_at", "cancel_reason", "cancel_requested_at", "tell_customer"),
        "cancel_requested_by",
    },
    ("slot_openings", "INSERT"): {
        *("id", "shop_id", "performer_id", "starts_at", "ends_at", "source_appointment_id", "service_id"),
        *("deposit_cents", "freed_at", "next_search_at", "chain_depth", "freed_by_slot_opening_id"),
    },
    ("slot_openings", "UPDATE"): {
        *("ends_at", "source_appointment_id", "service_id", "deposit_cents"),
        *("chain_depth", "freed_by_slot_opening_id"),
    },
    ("waitlist_entries", "SELECT"): set(ModelRecord.metadata.tables["waitlist_entries"].c.keys())
    - {"token", "email", "email_consent_wording", "email_consent_at"},
    ("waitlist_entries", "INSERT"): {*WISH, "id", "shop_id", "customer_id", "source"},
    ("waitlist_entries", "UPDATE"): {*WISH, "status", "ended_at"},
    ("webhook_endpoints", "SELECT"): {
        *("id", "shop_id", "url", "description", "types", "status", "previous_secret_until", "failing_since"),
        *("last_success_at", "disabled_at", "disabled_reason", "tested_at", "deleted_at", "created_at", "updated_at"),
    },
    ("webhook_endpoints", "INSERT"): {"id", "shop_id", "url", "description", "types", "secret"},
    ("webhook_endpoints", "UPDATE"): {
        *("url", "description", "types", "status", "secret", "failing_since", "disabled_at", "disabled_reason"),
        *("tested_at", "deleted_at"),
    },
    ("webhook_deliveries", "UPDATE"): {"status", "next_attempt_at", "tries", "ended_at"},
    ("pending_tasks", "INSERT"): {
        *("id", "shop_id", "name", "args", "key", "webhook_event_id", "due_at", "next_ring_at"),
    },
}
SECRET_OF_PAYMENTS = {"client_secret", "pay_token"}

WIDE = text("""
SELECT table_name, privilege_type FROM information_schema.role_table_grants
 WHERE grantee = 'slots_api' AND table_schema = 'public'
""")
NARROW = text("""
SELECT table_name, privilege_type, column_name FROM information_schema.role_column_grants
 WHERE grantee = 'slots_api' AND table_schema = 'public'
""")


def as_api(session, shop):
    session.execute(
        text("SELECT set_config('role', 'slots_api', true), set_config('app.shop_id', :id, true)"),
        {"id": str(shop.id)},
    )


def test_the_role_has_these_rights_on_tables_and_no_others(session):
    assert {tuple(row) for row in session.execute(WIDE)} == TABLE_WIDE


def test_the_role_has_these_rights_on_columns_and_no_others(session):
    payments = set(ModelRecord.metadata.tables["payments"].c.keys()) - SECRET_OF_PAYMENTS
    found = {}
    for table, privilege, column in session.execute(NARROW):
        if (table, privilege) not in TABLE_WIDE:
            found.setdefault((table, privilege), set()).add(column)
    assert found == COLUMNS | {("payments", "SELECT"): payments}


def test_every_table_it_reads_is_limited_to_one_shop(session):
    a_slot(session, a_shop(session))
    a_customer(session, a_shop(session))
    session.commit()
    session.execute(text("SET LOCAL ROLE slots_api"))
    for table in sorted(READS | {"staff", "payments"}):
        assert (
            session.execute(
                text(
                    f"SELECT count(id) FROM {table}"
                    if table != "performer_services"
                    else "SELECT count(*) FROM performer_services"
                )
            ).scalar_one()
            == 0
        )


@pytest.fixture
def ours(session):
    shop = a_shop(session)
    session.commit()
    return shop


def task_args(session, shop):
    appointment = an_appointment(session, a_customer(session, shop))
    payment, slot = a_payment(session, appointment), a_slot(session, shop)
    move = insert(
        session,
        "appointment_moves",
        shop_id=shop.id,
        appointment_id=appointment.id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
    )
    return {
        "create_slot_opening": appointment.id,
        "cancel_appointment": appointment.id,
        "cancel_payment": payment.id,
        "free_old_time": move.id,
        "send_next_offer": slot.id,
        "step_in": slot.id,
    }


TASKS = ["create_slot_opening", "cancel_appointment", "cancel_payment", "free_old_time", "send_next_offer", "step_in"]


def key_of(name, id):
    return f"cancel_payment:{id}" if name == "cancel_payment" else None


@pytest.mark.parametrize("name", TASKS)
def test_a_task_about_an_own_row_is_taken(session, ours, name):
    id = task_args(session, ours)[name]
    session.commit()
    as_api(session, ours)
    assert pending_tasks.add(session, name, id, "stop", "api", key=key_of(name, id), shop_id=ours.id)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_about_another_shops_row_is_refused(session, ours, name):
    id = task_args(session, a_shop(session))[name]
    session.commit()
    as_api(session, ours)
    with pytest.raises(DBAPIError, match="row-level security"):
        pending_tasks.add(session, name, id, "stop", "api", key=key_of(name, id), shop_id=ours.id)
    session.rollback()


@pytest.mark.parametrize("name", ["refund_payment", "send_message", "opt_in", "expire_offers"])
def test_a_task_that_no_route_asks_for_is_refused(session, ours, name):
    id = task_args(session, ours)["create_slot_opening"]
    session.commit()
    as_api(session, ours)
    with pytest.raises(DBAPIError, match="row-level security"):
        pending_tasks.add(session, name, id, shop_id=ours.id)
    session.rollback()


FORBIDDEN = {
    "lifts an opt-out": "UPDATE suppressions SET lifted_at = now()",
    "changes the shop": "UPDATE shops SET name = 'x'",
    "reads the secret of a card payment": "SELECT client_secret FROM payments",
    "reads the hash of a key": "SELECT secret_hash FROM api_keys",
    "makes a key": "INSERT INTO api_keys (shop_id, secret_hash) VALUES (:shop, 'x')",
    "reads the phone of a member of staff": "SELECT phone FROM staff",
    "marks as paid": "UPDATE payments SET status = 'succeeded'",
    "sends a text": "INSERT INTO messages (shop_id, body) VALUES (:shop, 'x')",
    "closes a slot": "UPDATE slot_openings SET status = 'filled'",
    "offers": "UPDATE slot_offers SET status = 'accepted'",
    "moves a row to another shop": "UPDATE customers SET shop_id = gen_random_uuid()",
    "deletes": "DELETE FROM customers",
    "reads webhooks": "SELECT * FROM webhook_events",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_api_cannot(session, ours, what):
    as_api(session, ours)
    with pytest.raises(DBAPIError, match=r"permission denied"):
        session.execute(text(FORBIDDEN[what]), {"shop": ours.id})
