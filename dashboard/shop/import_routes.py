"""The routes of every page that imports a file: form, example, preview, import, and the rejected rows as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from flask import Blueprint, Response, abort, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.csrf import require_token
from dashboard.form_limits import accept_file
from dashboard.shop import held_uploads
from dashboard.shop.csv_download import csv_answer
from dashboard.shop.session_access import require_permission, require_recent_sign_in
from domain.customer_list.read_list import TOO_LARGE


class FileRead(Protocol):
    """A parsed file; `problem` is the reason why it can't be imported, or empty."""

    @property
    def problem(self) -> str: ...


class ShowPage(Protocol):
    """Answers with the form and the problem of the file that was sent."""

    def __call__(self, *, problem: str = "", status: int = 200) -> Response: ...


Read = TypeVar("Read", bound=FileRead)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileImport(Generic[Read]):
    """What differs between the imports. `file_name` names the downloads; `columns` and `example` fill the example.

    `run(read, only_preview, held)` imports the file or previews it; `held` is the signed file of a preview.
    """

    file_name: str
    columns: Iterable[str]
    example: Iterable[Sequence[object]]
    read: Callable[[bytes], Read]
    run: Callable[[Read, bool, str], Response]
    page: ShowPage


def add_import_routes(bp: Blueprint, imported: FileImport[Read]) -> None:
    """Adds the endpoints `ask`, `example` and `upload`, for members who may manage the shop."""

    @bp.errorhandler(RequestEntityTooLarge)
    def too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
        """On the page, once the caller is known; a form with too many fields is refused before that."""
        return imported.page(problem=TOO_LARGE, status=413) if g.get("signed_in") else error

    @bp.get("")
    @require_permission("manage")
    @require_recent_sign_in
    def ask() -> ResponseReturnValue:
        """Shows the form and the format of the file."""
        return imported.page()

    @bp.get("/example.csv")
    @require_permission("manage")
    def example() -> Response:
        """An example file with every column."""
        return csv_answer(imported.file_name, list(imported.columns), imported.example)

    @bp.post("")
    @require_permission("manage")
    @require_recent_sign_in
    def upload() -> ResponseReturnValue:
        """Previews the file, imports it, or answers the rejected rows as a file."""
        accept_file(largest=held_uploads.LARGEST_UPLOAD, largest_field=held_uploads.LARGEST_FIELD)
        require_token()
        if kept := request.form.get("rejected_rows"):
            rows = held_uploads.held_rows(kept)
            return csv_answer(f"rejected-{imported.file_name}", rows[0], rows[1:]) if rows else abort(400)
        return _previewed_or_imported(imported)


def _previewed_or_imported(imported: FileImport[Read]) -> Response:
    data = held_uploads.chosen_file()
    if data is None:
        return imported.page(problem="Please choose a file.", status=422)
    read = imported.read(data)
    if read.problem:
        return imported.page(problem=read.problem, status=422)
    only_preview = request.form.get("import") != "1"
    return imported.run(read, only_preview, held_uploads.hold_file(data) if only_preview else "")
