"""Tables as files for a spreadsheet, in which nothing that a customer typed becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_answer(name: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download; with a byte order mark, so that spreadsheets read it as UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows([harmless(value) for value in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers=headers)


def harmless(value: object) -> str:
    """As text; an apostrophe before what a spreadsheet would calculate."""
    written = "" if value is None else str(value)
    return f"'{written}" if written.lstrip(" ").startswith(FORMULA_STARTS) else written
