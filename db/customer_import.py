"""Brings a list of customers into a shop. Who is known by phone number already is not made a second time."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customer_list import Brought

AT_ONCE = 1000

# A number that has opted out stays so, whatever a list says: only its owner takes that back.
BRING = text("""
WITH line AS MATERIALIZED (
  SELECT *, phone_line(phone) AS phone_line FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS l (
           line integer, name text, phone text, email text, sms_opt_in boolean, consent_source text,
           consent_wording text, consent_at timestamptz, timezone text, locale text)
), judged AS (
  SELECT line.*, known.id AS known_id,
         line.sms_opt_in AND NOT EXISTS (
           SELECT 1 FROM suppressions x
            WHERE x.shop_id = :shop_id AND x.phone = line.phone_line AND x.lifted_at IS NULL) AS may_be_texted
    FROM line LEFT JOIN LATERAL (
      SELECT c.id FROM customers c
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
       array(SELECT line FROM judged WHERE sms_opt_in AND NOT may_be_texted ORDER BY line) AS opted_out
""")


@dataclass(slots=True)
class Report:
    """How many customers are new, how many were known, and which lines' opt-in an earlier opt-out outweighs."""

    made: int = 0
    known: int = 0
    opted_out: tuple[int, ...] = ()


def bring(session: Session, shop_id: UUID, customers: Sequence[Brought]) -> Report:
    """All of them or, when the caller's transaction fails, none."""
    report = Report()
    for start in range(0, len(customers), AT_ONCE):
        lines = json.dumps([asdict(customer) for customer in customers[start : start + AT_ONCE]], default=str)
        row = session.execute(BRING, {"shop_id": shop_id, "lines": lines}).one()
        report.made += row.made
        report.known += row.known
        report.opted_out += tuple(row.opted_out)
    return report
