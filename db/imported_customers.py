"""Imports a list of customers into a shop. Customers whose phone number is known are not added a second time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customer_list.read_list import ImportedRow, RejectedRow

AT_ONCE = 1000

# A number that has opted out stays so, whatever a list says: only its owner takes that back. Nor does a list end an
# opt-in: an old one would undo what a customer agreed to since.
BRING = text("""
WITH line AS MATERIALIZED (
  SELECT *, phone_line(phone) AS phone_line FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS l (
           line integer, name text, phone text, email text, sms_opt_in boolean, consent_source text,
           consent_wording text, consent_at timestamptz, timezone text, locale text)
), judged AS (
  SELECT line.*, known.id AS known_id, coalesce(known.sms_opt_in, false) AS was_opted_in,
         coalesce(line.sms_opt_in, false) AND NOT EXISTS (
           SELECT 1 FROM suppressions x
            WHERE x.shop_id = :shop_id AND x.phone = line.phone_line AND x.lifted_at IS NULL) AS may_be_texted
    FROM line LEFT JOIN LATERAL (
      SELECT c.id, c.sms_opt_in FROM customers c
       WHERE c.shop_id = :shop_id
         AND (c.phone_e164 = line.phone_line
              OR (line.phone IS NULL AND c.phone_e164 IS NULL AND lower(c.email) = lower(line.email)))
       ORDER BY c.created_at, c.id LIMIT 1
    ) known ON true
), changed AS (
  UPDATE customers c
     SET name = CASE WHEN c.name = '' THEN j.name ELSE c.name END, email = coalesce(c.email, j.email),
         timezone = coalesce(c.timezone, j.timezone), locale = coalesce(c.locale, j.locale),
         sms_opt_in = c.sms_opt_in OR j.may_be_texted,
         consent_source = CASE WHEN j.may_be_texted AND NOT c.sms_opt_in THEN j.consent_source
                               ELSE c.consent_source END,
         consent_wording = CASE WHEN j.may_be_texted AND NOT c.sms_opt_in THEN j.consent_wording
                                ELSE c.consent_wording END,
         consent_at = CASE WHEN j.may_be_texted AND NOT c.sms_opt_in
                           THEN coalesce(j.consent_at, (SELECT clock_timestamp())) ELSE c.consent_at END
    FROM judged j WHERE c.id = j.known_id AND c.shop_id = :shop_id
  RETURNING c.id
), made AS (
  INSERT INTO customers (shop_id, name, phone, email, timezone, locale, sms_opt_in, consent_source, consent_wording,
                         consent_at)
  SELECT :shop_id, name, phone, email, timezone, locale, may_be_texted,
         CASE WHEN may_be_texted THEN consent_source END,
         CASE WHEN may_be_texted THEN consent_wording END,
         CASE WHEN may_be_texted THEN coalesce(consent_at, (SELECT clock_timestamp())) END
    FROM judged WHERE known_id IS NULL ORDER BY line
  RETURNING id
)
SELECT (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM changed) AS known,
       array(SELECT line FROM judged WHERE sms_opt_in AND NOT may_be_texted ORDER BY line) AS opted_out,
       array(SELECT line FROM judged WHERE NOT sms_opt_in AND was_opted_in ORDER BY line) AS still_opted_in
""")


@dataclass(slots=True)
class ImportReport:
    """What came of a list: how many customers are new and how many were known, and which rows were rejected.

    `opted_out`: rows whose opt-in an earlier opt-out outweighs; `still_opted_in`: rows that say no of somebody who
    has opted in, and stays so.
    """

    made: int = 0
    known: int = 0
    opted_out: list[ImportedRow] = field(default_factory=list)
    still_opted_in: list[ImportedRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)


def import_customers(session: Session, shop_id: UUID, lines: Iterable[ImportedRow | RejectedRow]) -> ImportReport:
    """Imports the rows that can be taken: all of them or, when the caller's transaction fails, none."""
    report, rest = ImportReport(), iter(lines)
    while batch := list(islice(rest, AT_ONCE)):
        report.rejected += [line for line in batch if isinstance(line, RejectedRow)]
        # Also when it is empty: the database ends a transaction in which nothing happens for long.
        _bring(session, shop_id, [line for line in batch if isinstance(line, ImportedRow)], report)
    return report


def _bring(session: Session, shop_id: UUID, customers: Sequence[ImportedRow], report: ImportReport) -> None:
    lines = json.dumps([asdict(customer) for customer in customers], default=str)
    row = session.execute(BRING, {"shop_id": shop_id, "lines": lines}).one()
    by_line = {customer.line: customer for customer in customers}
    report.made += row.made
    report.known += row.known
    report.opted_out += [by_line[line] for line in row.opted_out]
    report.still_opted_in += [by_line[line] for line in row.still_opted_in]
