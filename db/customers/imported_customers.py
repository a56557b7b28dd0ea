"""Imports a customer list into a shop. Rows with a known phone number or e-mail address create no new customer."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import audit
from domain.channels import CHANNELS, PHONE_CHANNELS, ChannelFields
from domain.customer_list.read_list import ImportedRow, RejectedRow

AT_ONCE = 1000


def _each(part: str, of: Iterable[ChannelFields] = CHANNELS.values()) -> str:
    """Formats a part of the statement for each channel.

    `agreed` is the column of `judged` that states whether the list opts the customer in.
    """
    return ", ".join(part.format(one=one, agreed=f"{one.channel}_agreed") for one in of)


def _consents(part: str) -> str:
    """Formats a part of the statement for each column of a consent and its value in `judged j`.

    For a consent without a time, the current time is stored.
    """
    values = ("j.{column}", "j.{column}", "coalesce(j.{column}, (SELECT clock_timestamp()))")
    return ", ".join(
        part.format(column=column, value=value.format(column=column), agreed=f"j.{one.channel}_agreed")
        for one in CHANNELS.values()
        for column, value in zip(one.consent_columns, values, strict=True)
    )


# An import neither lifts an opt-out, which only the number's owner can lift, nor ends an opt-in, which may be more
# recent than the list.
IMPORT = text(f"""
WITH line AS MATERIALIZED (
  SELECT *, phone_line(phone) AS phone_line FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS l (
           line integer, name text, phone text, email text, timezone text, locale text,
           {_each("{one.opt_in} boolean, {one.consent}_source text, {one.consent}_wording text")},
           {_each("{one.consent}_at timestamptz")})
), judged AS (
  SELECT line.*, known.id AS known_id, coalesce(known.sms_opt_in, false) AS was_opted_in, stopped.out AS opted_out,
         {
    _each(
        "coalesce(line.{one.opt_in} AND NOT stopped.out AND known.{one.opt_in} IS NOT TRUE, false) AS {agreed}",
        PHONE_CHANNELS,
    )
},
         -- For the kept address. An e-mail opt-out stays in effect, as an opt-out by text does. True without a
         -- time was the default of customers from before consent to e-mails: it is none.
         coalesce(line.email_opt_in AND NOT stopped.out
                  AND (known.email_opt_in IS NULL
                       OR known.email_opt_in AND (known.email_consent_at IS NULL OR known.email IS NULL))
                  AND lower(coalesce(known.email, line.email)) = lower(line.email), false) AS email_agreed
    FROM line
   CROSS JOIN LATERAL (SELECT EXISTS (
           SELECT 1 FROM suppressions x
            WHERE x.shop_id = :shop_id AND x.phone = line.phone_line AND x.lifted_at IS NULL) AS out) stopped
    LEFT JOIN LATERAL (
      SELECT c.id, {_each("c.{one.opt_in}")}, c.email_consent_at, c.email FROM customers c
       WHERE c.shop_id = :shop_id
         AND (c.phone_e164 = line.phone_line
              OR (line.phone IS NULL AND c.phone_e164 IS NULL AND lower(c.email) = lower(line.email)))
       ORDER BY c.created_at, c.id LIMIT 1
    ) known ON true
), changed AS (
  UPDATE customers c
     SET name = CASE WHEN c.name = '' THEN j.name ELSE c.name END, email = coalesce(c.email, j.email),
         timezone = coalesce(c.timezone, j.timezone), locale = coalesce(c.locale, j.locale),
         {_each("{one.opt_in} = c.{one.opt_in} OR j.{agreed}", PHONE_CHANNELS)},
         -- As `db.customers.channel_consents.opt_ins_after`: a consent is not kept for an address that is filled in.
         email_opt_in = CASE WHEN j.email_agreed THEN true
                             WHEN c.email IS NULL AND j.email IS NOT NULL THEN nullif(c.email_opt_in, true)
                             ELSE c.email_opt_in END,
         {_consents("{column} = CASE WHEN {agreed} THEN {value} ELSE c.{column} END")}
    FROM judged j WHERE c.id = j.known_id AND c.shop_id = :shop_id
  RETURNING c.id
), made AS (
  INSERT INTO customers (shop_id, name, phone, email, timezone, locale, email_opt_in,
                         {_each("{one.opt_in}", PHONE_CHANNELS)}, {_consents("{column}")})
  SELECT :shop_id, name, phone, email, timezone, locale,
         -- No is an opt-out from e-mails; a blank cell is none.
         CASE WHEN email_agreed THEN true WHEN email_opt_in IS FALSE THEN false END,
         {_each("{agreed}", PHONE_CHANNELS)}, {_consents("CASE WHEN {agreed} THEN {value} END")}
    FROM judged j WHERE known_id IS NULL ORDER BY line
  RETURNING id
)
SELECT (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM changed) AS known,
       (SELECT count(*) FROM judged WHERE sms_agreed OR was_opted_in) AS opted_in,
       array(SELECT line FROM judged WHERE sms_opt_in AND opted_out ORDER BY line) AS opted_out,
       array(SELECT line FROM judged WHERE NOT sms_opt_in AND was_opted_in ORDER BY line) AS still_opted_in
""")  # noqa: S608 - constants


@dataclass(slots=True)
class ImportReport:
    """The result of an import: the numbers of new and known customers, and the rejected rows.

    `opted_in` is the number of rows whose customer has agreed to texts. `opted_out` lists the rows whose opt-in was
    ignored because of an earlier opt-out, and `still_opted_in` the rows with "no" whose customer stays opted in.
    """

    made: int = 0
    known: int = 0
    opted_in: int = 0
    opted_out: list[ImportedRow] = field(default_factory=list)
    still_opted_in: list[ImportedRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)


def import_customers(
    session: Session, shop_id: UUID, lines: Iterable[ImportedRow | RejectedRow], *, by: str
) -> ImportReport:
    """Imports all accepted rows in the caller's transaction, and records this in the audit log. `by` is the actor."""
    report = import_rows(session, shop_id, lines)
    counts = f"{report.made} added, {report.known} already known, {len(report.rejected)} skipped"
    reason = f"Customers were imported: {counts}."
    audit.note(session, event="CustomersImported", reason=reason, shop_id=shop_id, actor=by)
    return report


def import_rows(session: Session, shop_id: UUID, lines: Iterable[ImportedRow | RejectedRow]) -> ImportReport:
    """Imports all accepted rows, in the caller's transaction, for an import that adds its own audit entry."""
    report, rest = ImportReport(), iter(lines)
    while batch := list(islice(rest, AT_ONCE)):
        report.rejected += [line for line in batch if isinstance(line, RejectedRow)]
        # The statement is executed even if every row was rejected, because the database ends transactions that are
        # idle for too long.
        _import(session, shop_id, [line for line in batch if isinstance(line, ImportedRow)], report)
    return report


def _import(session: Session, shop_id: UUID, customers: Sequence[ImportedRow], report: ImportReport) -> None:
    lines = json.dumps([{**asdict(row), **row.opt_ins, **row.consents} for row in customers], default=str)
    row = session.execute(IMPORT, {"shop_id": shop_id, "lines": lines}).one()
    by_line = {customer.line: customer for customer in customers}
    report.made += row.made
    report.known += row.known
    report.opted_in += row.opted_in
    report.opted_out += [by_line[line] for line in row.opted_out]
    report.still_opted_in += [by_line[line] for line in row.still_opted_in]
