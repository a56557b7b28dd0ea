"""Brings customers from a CSV file, with a report of each line that was not taken."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from dashboard.forgery import require_token
from dashboard.forms import accept_file
from dashboard.shop import frame
from dashboard.shop.signed_in import acting, freshly, only, signed_in
from dashboard.shop.tables import csv_answer
from db import audit, customer_import
from domain.counting import counted
from domain.customer_list import WHOLE_LIST, Brought, Rejected, read_list

bp = Blueprint("bringing", __name__, url_prefix="/customers/import")

PATH = "/app/customers/import"
LARGEST_BODY = 16 * 1024 * 1024
SHOWN = 500

COLUMNS: dict[str, str] = {
    "name": "as the shop calls them",
    "phone": "like +447700900123",
    "email": "for reminders by e-mail",
    "sms_opt_in": "yes or no: may they be texted offers?",
    "consent_source": "where they agreed; yes counts only with it",
    "consent_wording": "what they agreed to",
    "consent_at": "when, like 2026-01-31",
    "timezone": "like Europe/London, where it isn't the shop's",
    "locale": "like en_GB, where it isn't the shop's",
}
"""Those of domain.customer_list, each with what belongs into it."""

EXAMPLE = (
    (
        "Olga Petrova",
        "+447700900123",
        "olga@example.com",
        "yes",
        "booking form",
        "Text me about free times",
        "2026-01-31",
    ),
    ("Piotr Zielinski", "+447700900124", "", "no", "", "", ""),
    ("Rosa Marini", "", "rosa@example.com", "", "", "", ""),
)
"""None of them is in another place than the shop."""


@bp.get("")
@only("manage")
@freshly
def ask() -> ResponseReturnValue:
    """Says what the file must look like."""
    return frame.page("shop/import.html", columns=COLUMNS, counted=counted, report=None, rejected=[], problem="")


@bp.get("/example.csv")
@only("manage")
def example() -> Response:
    """A list as it should be, with every column."""
    return csv_answer("customers", list(COLUMNS), [(*row, "", "") for row in EXAMPLE])


@bp.post("")
@only("manage")
@freshly
def bring() -> ResponseReturnValue:
    """Takes what can be taken, and says what can't and why."""
    accept_file(largest=LARGEST_BODY)
    require_token()
    file = request.files.get("file")
    try:
        read = read_list(file.read().decode("utf-8-sig")) if file else []
    except UnicodeDecodeError:
        read = [Rejected(WHOLE_LIST, "The file is not UTF-8. In a spreadsheet, save it as “CSV UTF-8”.")]
    taken = [line for line in read if isinstance(line, Brought)]
    rejected = [line for line in read if isinstance(line, Rejected)]
    me = signed_in()
    with acting() as rows:
        report = customer_import.bring(rows, me.shop.id, taken)
        because = (
            f"A list of customers was brought: {report.made} new, {report.known} known, {len(rejected)} rejected."
        )
        audit.note(rows, event="CustomersImported", because=because, shop_id=me.shop.id, actor=str(me.staff_id))
    rejected += [Rejected(line, "Taken, but not opted in: the number has opted out.") for line in report.opted_out]
    return frame.page(
        "shop/import.html",
        columns=COLUMNS,
        counted=counted,
        report=report if read else None,
        rejected=sorted(rejected, key=lambda one: one.line)[:SHOWN],
        more=max(len(rejected) - SHOWN, 0),
        problem="" if read else "Please choose a file that isn't empty.",
    )
