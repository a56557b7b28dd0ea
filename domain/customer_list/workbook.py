"""Reads the cells of an Excel workbook (.xlsx), within bounds: a small file can claim to hold gigabytes."""

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
"""Excel's own number of rows; the blank ones at the end of a sheet count."""

_MEGABYTE = 1024 * 1024
# Unpacked. A list of 100,000 customers with long names needs a third of it.
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
_NOT_EXCEL = "This is no Excel workbook. Save the list as .xlsx or as CSV."
_TOO_LARGE = "The workbook holds more than can be read. Save the sheet with the customers alone, or as CSV."
_DAMAGED = "The workbook is damaged. Open it, save it again as .xlsx, or save it as CSV."

# What openpyxl and the standard library raise for damaged files.
_BROKEN = (
    *(BadZipFile, ParseError, KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, EOFError),
    *(NotImplementedError, RuntimeError, OSError, zlib.error, struct.error),
)


class UnreadableError(Exception):
    """The rest of a file can't be read; the message says why."""


class _Sheet(Protocol):
    title: str
    sheet_state: str

    def iter_rows(self, *, max_row: int, max_col: int, values_only: bool) -> Iterator[tuple[object, ...]]: ...

    def reset_dimensions(self) -> None: ...


def is_workbook(data: bytes) -> bool:
    """Whether it is a ZIP file, as workbooks are."""
    return data.startswith(_ZIP)


def look_alike(data: bytes) -> str:
    """What else people choose by mistake, with what to do; empty for anything that may be text."""
    start = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:16]
    return next((words for mark, words in _OTHERS if start.upper().startswith(mark)), "")


class Workbook:
    """An opened workbook, or `problem`: why it can't be read."""

    def __init__(self, data: bytes) -> None:
        self._sheets: list[_Sheet] = []
        try:
            self.problem = _refusal(data) or self._open(data)
        except _BROKEN:
            self.problem = _DAMAGED

    def sheets(self) -> Iterator[tuple[str, Iterator[list[str]]]]:
        """The name of each visible sheet and its rows. Taking a row raises UnreadableError where it is damaged."""
        for sheet in self._sheets:
            yield sheet.title, _rows(sheet)

    def _open(self, data: bytes) -> str:
        # Half of the start-up time of a command that needs no workbook.
        from openpyxl import load_workbook

        with warnings.catch_warnings(action="ignore"):
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        self._sheets = visible[:MOST_SHEETS]  # type: ignore[assignment]
        return "" if visible else _NOT_EXCEL


def _refusal(data: bytes) -> str:
    """Judged by what the file says of itself; the standard library unpacks no more than that."""
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
    # The size a sheet claims is often wrong, and nothing depends on it.
    sheet.reset_dimensions()
    try:
        for cells in sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True):
            filled = max((index for index, cell in enumerate(cells, 1) if cell is not None), default=0)
            yield list(map(_text, cells[:filled]))
    except _BROKEN:
        raise UnreadableError(_DAMAGED) from None


def _text(value: object) -> str:
    """As a person would have typed it: a whole number without decimals, a date without its midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
