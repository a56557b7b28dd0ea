"""Reads the cells of an Excel workbook (.xlsx). Limits the size, because a small file can unpack to gigabytes."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Protocol
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 1_048_576, 100, 10
"""The limits for rows, columns and sheets. Rows have Excel's own limit, because trailing blank rows are counted."""

_MEGABYTE = 1024 * 1024
# The maximum unpacked sizes in bytes. A list of 100,000 customers with long names needs a third of them.
_LARGEST = (("xl/worksheets/", 160 * _MEGABYTE), ("xl/sharedStrings.xml", 48 * _MEGABYTE), ("", 16 * _MEGABYTE))
_MOST_PARTS = 2000

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    (
        _OLE,
        "This is an old Excel file (.xls), or one with a password. Save it as .xlsx without a password, or as CSV.",
    ),
    (b"%PDF", "This is a PDF. Export the list as CSV or as an Excel workbook (.xlsx)."),
    (b"<", "This is a web page or an XML file. Export the list as CSV or as an Excel workbook (.xlsx)."),
    (b"BEGIN:VCARD", "These are vCards. Export the contacts as CSV."),
)
_NOT_EXCEL = "This is not an Excel workbook. Save the list as .xlsx or as CSV."
_TOO_LARGE = "The workbook is too large. Save only the sheet with the customers, or save it as CSV."
_DAMAGED = "The workbook is damaged. Open it, save it again as .xlsx, or save it as CSV."

# Errors that openpyxl and the standard library raise for damaged files.
_BROKEN = (
    *(BadZipFile, ParseError, KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, EOFError),
    *(NotImplementedError, RuntimeError, OSError, zlib.error, struct.error),
)


class UnreadableError(Exception):
    """The remaining rows of a file can't be read. The message is the reason."""


class _Sheet(Protocol):
    title: str
    sheet_state: str

    def iter_rows(self, *, max_row: int, max_col: int, values_only: bool) -> Iterator[tuple[object, ...]]: ...

    def reset_dimensions(self) -> None: ...


def is_workbook(data: bytes) -> bool:
    """Whether the file is a ZIP archive, which is the format of workbooks."""
    return data.startswith(_ZIP)


def look_alike(data: bytes) -> str:
    """Returns advice if the file has another known type, or an empty string if it may be text."""
    start = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:16]
    return next((words for mark, words in _OTHERS if start.upper().startswith(mark)), "")


class Workbook:
    """An opened workbook, or the reason why it can't be read (`problem`)."""

    def __init__(self, data: bytes) -> None:
        self._sheets: list[_Sheet] = []
        try:
            self.problem = _refusal(data) or self._open(data)
        except _BROKEN:
            self.problem = _DAMAGED

    def sheets(self) -> Iterator[tuple[str, Iterator[list[str]]]]:
        """Yields the name and the rows of each visible sheet. Iterating over damaged rows raises UnreadableError."""
        for sheet in self._sheets:
            yield sheet.title, _rows(sheet)

    def _open(self, data: bytes) -> str:
        # Importing openpyxl at the top would double the start-up time of commands that need no workbook.
        from openpyxl import load_workbook

        with warnings.catch_warnings(action="ignore"):
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        self._sheets = visible[:MOST_SHEETS]  # type: ignore[assignment]
        return "" if visible else _NOT_EXCEL


def _refusal(data: bytes) -> str:
    """Returns why the archive is refused, or "". Checks the declared sizes, which `zipfile` does not exceed."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if "xl/workbook.xml" not in archive.namelist():
            return _NOT_EXCEL
    if len(parts) > _MOST_PARTS:
        return _TOO_LARGE
    read = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
    for start, largest in _LARGEST:
        of_this_kind = [part for part in read if part.filename.startswith(start)]
        read = [part for part in read if part not in of_this_kind]
        if sum(part.file_size for part in of_this_kind) > largest:
            return _TOO_LARGE
    return ""


def _rows(sheet: _Sheet) -> Iterator[list[str]]:
    # The declared size of a sheet is often wrong, and is not needed.
    sheet.reset_dimensions()
    try:
        for cells in sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True):
            filled = max((index for index, cell in enumerate(cells, 1) if cell is not None), default=0)
            yield list(map(_text, cells[:filled]))
    except _BROKEN:
        raise UnreadableError(_DAMAGED) from None


def _text(value: object) -> str:
    """Formats a value as a person would type it: whole numbers without decimals, and dates without midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
