"""A transaction of the dashboard sees only one shop, even if a query has no filter."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.sessions import as_dashboard
from tests.builders import a_customer, a_shop, insert

TABLES = [
    "performers",
    "customers",
    "staff",
    "suppressions",
    "appointments",
    "slot_openings",
    "slot_offers",
    "messages",
    "notifications",
    "audit_logs",
    "pending_tasks",
    "otp_codes",
    "staff_sessions",
    "staff_invitations",
    "payments",
]


def names(session):
    return session.execute(text("SELECT name FROM customers ORDER BY name")).scalars().all()


def test_a_shop_sees_its_own_customers_only(session, ours, theirs):
    as_dashboard(session, ours.id)
    assert names(session) == ["Ana"]


def test_a_transaction_that_names_no_shop_sees_nothing(session, ours, theirs):
    session.execute(text("SET LOCAL ROLE slots_dashboard"))
    for table in [*TABLES, "shops"]:
        assert session.execute(text(f"SELECT count(id) FROM {table}")).scalar_one() == 0


def test_a_shop_sees_no_other_shop(session, ours, theirs):
    as_dashboard(session, ours.id)
    assert session.execute(text("SELECT id FROM shops")).scalars().all() == [ours.id]


def test_a_row_for_another_shop_is_refused(session, ours, theirs):
    as_dashboard(session, ours.id)
    with pytest.raises(DBAPIError, match="row-level security"):
        a_customer(session, theirs)


def test_a_row_cannot_be_given_to_another_shop(session, ours, theirs):
    as_dashboard(session, ours.id)
    with pytest.raises(DBAPIError, match="row-level security"):
        session.execute(text("UPDATE customers SET shop_id = :id"), {"id": theirs.id})


def test_a_change_without_a_filter_changes_no_foreign_row(session, ours, theirs):
    as_dashboard(session, ours.id)
    assert session.execute(text("UPDATE customers SET name = 'Anna'")).rowcount == 1
    session.commit()
    assert names(session) == ["Anna", "Ben"]


def test_nothing_is_deleted_from_a_page(session, ours):
    as_dashboard(session, ours.id)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("DELETE FROM customers"))


def test_webhooks_are_on_no_page(session, ours):
    as_dashboard(session, ours.id)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("SELECT * FROM webhook_events"))


def test_the_role_ends_with_the_transaction(session, ours, theirs):
    as_dashboard(session, ours.id)
    session.commit()
    assert names(session) == ["Ana", "Ben"]


def test_a_pooled_connection_keeps_nothing_of_it(engine, session, ours, theirs):
    as_dashboard(session, ours.id)
    session.rollback()
    with engine.connect() as connection:
        settings = connection.execute(
            text("SELECT current_user = session_user, current_setting('app.shop_id', true)")
        )
        assert settings.one() in [(True, ""), (True, None)]


def test_triggers_and_constraints_work_under_the_role(session, ours):
    as_dashboard(session, ours.id)
    session.execute(text("UPDATE shops SET name = 'Renamed'"))
    insert(session, "audit_logs", shop_id=ours.id, event="looked")
    with pytest.raises(DBAPIError, match="shops_deposit_not_negative"):
        session.execute(text("UPDATE shops SET deposit_cents = -1"))
    session.rollback()


@pytest.fixture
def ours(session):
    shop = a_shop(session, name="Ours")
    a_customer(session, shop, name="Ana")
    session.commit()
    return shop


@pytest.fixture
def theirs(session):
    shop = a_shop(session, name="Theirs")
    a_customer(session, shop, name="Ben")
    session.commit()
    return shop
