"""Add indexes for the lists of the API, and a search by e-mail address under row-level security."""

from __future__ import annotations

from alembic import op

from db.migrations import online

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# Postgres uses no index on lower(email) under row-level security, because lower() is not leakproof. This function
# runs with the rights of its owner, and therefore restricts the search to the shop of the transaction itself.
BY_EMAIL = """
CREATE OR REPLACE FUNCTION customers_by_email(address text) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
  $$SELECT id FROM public.customers
     WHERE shop_id = (SELECT public.this_shop()) AND email IS NOT NULL AND lower(email) = lower(address)$$
"""


def upgrade() -> None:
    """Builds the indexes without blocking writers, then creates the function."""
    online.run("0027_api_lists_online.sql")
    op.execute(BY_EMAIL)
    op.execute("REVOKE ALL ON FUNCTION customers_by_email(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION customers_by_email(text) TO slots_api")
