"""Imported consent to offers by e-mail, for customers who were created before this consent existed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from db.customers import imported_customers
from domain.customer_list.read_list import read_list
from tests.builders import a_customer, a_shop, reload

NOW = datetime(2026, 11, 28, tzinfo=UTC)
LIST = b"name,email,email_opt_in,consent_source\nAna,ana@example.com,yes,paper form\n"


@pytest.mark.parametrize(("before", "agrees"), [(True, True), (None, True), (False, False)])
def test_a_list_records_the_consent_that_was_the_default_before_but_lifts_no_opt_out(session, before, agrees):
    shop = a_shop(session)
    ana = a_customer(session, shop, phone=None, email="ana@example.com", sms_opt_in=False)
    session.execute(text("ALTER TABLE customers DISABLE TRIGGER date_consent"))
    session.execute(text("UPDATE customers SET email_opt_in = :before"), {"before": before})
    session.execute(text("ALTER TABLE customers ENABLE TRIGGER date_consent"))
    imported_customers.import_customers(session, shop.id, list(read_list(LIST, now=NOW).lines), by="operator")
    row = reload(session, "customers", ana.id)
    assert (bool(row.email_opt_in), row.email_consent_source) == (agrees, "paper form" if agrees else None)
