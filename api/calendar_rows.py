"""Protects the external ids of rows that come from a connected calendar."""

from uuid import UUID

from api.call import Call
from api.fields import RequestModel
from api.problems import ProblemError
from db import shop_rows
from db.shop_rows import RowModel


def keep_calendar_id(call: Call, model: RowModel, id: UUID, body: RequestModel) -> None:
    """Raises ProblemError (409) if a change would replace the external id by which the calendar matches the row."""
    if "external_id" in body.model_fields_set and shop_rows.is_from_calendar(call.session, model, call.shop_id, id):
        raise ProblemError(
            "conflict", errors=[("/external_id", "The connected calendar uses this id, so it can't be changed.")]
        )
