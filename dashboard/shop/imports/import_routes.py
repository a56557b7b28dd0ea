"""The routes of all import pages: the form, an example, the preview, the import, and a file with rejected rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from flask import Blueprint, Response, abort, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.csrf import require_token
from dashboard.form_limits import accept_file
from dashboard.shop import page_frame
from dashboard.shop.access.session_access import (
    acting,
    reading,
    require_permission,
    require_recent_sign_in,
    signed_in,
)
from dashboard.shop.imports import held_uploads
from dashboard.shop.imports.csv_download import csv_answer
from dashboard.shop.imports.held_uploads import NO_ROWS
from db.shops import shop_settings
from domain.customer_list.read_list import TOO_LARGE, ListFile, RejectedRow
from domain.plurals import counted
from domain.time_zones import zone_named

SHOWN = 500
"""The maximum number of remarks on a page. The page states the total number of remarks."""

Row = TypeVar("Row")


class ImportedFile(Protocol):
    """The report of an import or a preview."""

    @property
    def rejected(self) -> list[RejectedRow]: ...


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """A row to check. `name` is the customer's name; `cell` is the column with its value."""

    line: int
    name: str
    cell: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """The report of an import, remarks on accepted rows, and other values for the template."""

    report: ImportedFile
    remarks: Iterable[Remark] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


def _report_only(lines: Sequence[object], report: ImportedFile, only_preview: bool) -> ImportResult:
    return ImportResult(report=report)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileImport(Generic[Row]):
    """One kind of import. `file_name` is the name of downloads; `columns` and `example` define the example file.

    `read(data, now, country)` reads the file; `country` applies to phone numbers without a country code.
    `write(session, shop_id, lines, by=)` imports the lines in a `transaction`. A preview runs the import and then
    rolls it back, so the results of the preview and the import can't differ. `result(lines, report, only_preview)`
    adds to the report. `typed()` returns the other fields of the form, which are shown again after an error or a
    preview.
    """

    file_name: str
    template: str
    columns: Mapping[str, str]
    example: Iterable[Sequence[object]]
    read: Callable[..., ListFile[Row]]
    write: Callable[..., Any]
    transaction: Callable[[], AbstractContextManager[Session]] = acting
    result: Callable[[Sequence[Row | RejectedRow], Any, bool], ImportResult] = _report_only
    typed: Callable[[], Mapping[str, str]] = dict


def add_import_routes(bp: Blueprint, imported: FileImport[Row]) -> None:
    """Adds the endpoints `ask`, `example` and `upload`, for members who are allowed to manage the shop."""

    @bp.errorhandler(RequestEntityTooLarge)
    def too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
        """Shows the error on the page if the member is signed in, otherwise on a plain error page."""
        return _page(imported, problem=TOO_LARGE, status=413) if g.get("signed_in") else error

    @bp.get("")
    @require_permission("manage")
    @require_recent_sign_in
    def ask() -> ResponseReturnValue:
        """Shows the form and the format of the file."""
        return _page(imported)

    @bp.get("/example.csv")
    @require_permission("manage")
    def example() -> Response:
        """Returns an example file with every column."""
        return csv_answer(imported.file_name, list(imported.columns), imported.example)

    @bp.post("")
    @require_permission("manage")
    @require_recent_sign_in
    def upload() -> ResponseReturnValue:
        """Previews the file, imports it, or returns the rejected rows as a file."""
        accept_file(largest=held_uploads.LARGEST_UPLOAD, largest_field=held_uploads.LARGEST_FIELD)
        require_token()
        if kept := request.form.get("rejected_rows"):
            rows = held_uploads.held_rows(kept)
            return csv_answer(f"rejected-{imported.file_name}", rows[0], rows[1:]) if rows else abort(400)
        return _previewed_or_imported(imported)


def _previewed_or_imported(imported: FileImport[Row]) -> Response:
    data = held_uploads.chosen_file()
    if data is None:
        return _page(imported, problem="Please choose a file.", status=422, typed=imported.typed())
    read = _read(imported, data)
    if read.problem:
        return _page(imported, problem=read.problem, status=422, typed=imported.typed())
    only_preview = request.form.get("import") != "1"
    result = _run(imported, read, only_preview)
    remarks = sorted((*_rejected(result.report), *result.remarks))
    return _page(
        imported,
        report=result.report,
        preview=only_preview,
        notes=read.notes,
        kept=held_uploads.hold_rows(read.heading, result.report.rejected),
        held=held_uploads.hold_file(data) if only_preview else "",
        remarks=remarks[:SHOWN],
        remark_count=len(remarks),
        typed=imported.typed() if only_preview else {},
        **result.values,
    )


def _run(imported: FileImport[Row], read: ListFile[Row], only_preview: bool) -> ImportResult:
    me, lines = signed_in(), list(read.lines)
    with imported.transaction() as rows, rows.begin_nested() as trial:
        report = imported.write(rows, me.shop.id, lines, by=me.actor)
        if only_preview:
            trial.rollback()
    return imported.result(lines, report, only_preview)


def _read(imported: FileImport[Row], data: bytes) -> ListFile[Row]:
    me = signed_in()
    with reading() as rows:
        country = shop_settings.country(rows, me.shop.id)
    return imported.read(data, now=me.now.astimezone(zone_named(me.shop.timezone)), country=country)


def _rejected(report: ImportedFile) -> Iterable[Remark]:
    for row in report.rejected:
        yield Remark(row.line, row.name, f"{row.column}: {row.found}" if row.column else row.found, row.reason)


NOTHING_IMPORTED: Mapping[str, Any] = {
    "report": None,
    "preview": False,
    "notes": (),
    "kept": NO_ROWS,
    "held": "",
    "remarks": [],
    "remark_count": 0,
    "typed": {},
}


def _page(imported: FileImport[Row], *, problem: str = "", status: int = 200, **values: Any) -> Response:
    shown = {**NOTHING_IMPORTED, "columns": imported.columns, "counted": counted, "shown": SHOWN, **values}
    answer = page_frame.page(imported.template, problem=problem, **shown)
    answer.status_code = status
    return answer
