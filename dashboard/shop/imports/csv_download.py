"""Creates CSV downloads for spreadsheets, with protection against formula injection."""

import io
from collections.abc import Iterable, Sequence

from flask import Response

from domain.csv_cells import write_rows


def csv_answer(name: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Returns a CSV download. A byte order mark makes spreadsheets read the file as UTF-8."""
    file = io.StringIO()
    write_rows(file, [heading])
    write_rows(file, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers=headers)
