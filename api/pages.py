"""Pagination with `limit`, an opaque `cursor`, and `next_cursor` in the response."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from api.answers import Answer
from api.fields import QueryModel, ResponseModel, Text
from api.problems import invalid
from db.keyset_pagination import PageKey
from views.pages_of_rows import NewestFirst

LONGEST_CURSOR = 500
Item = TypeVar("Item", bound=BaseModel)


class ListPage(ResponseModel, Generic[Item]):
    """A page of a list. `next_cursor` is null on the last page."""

    data: list[Item]
    next_cursor: str | None


class PageQuery(QueryModel):
    """The query parameters of every list. Models of filters extend this class."""

    limit: Annotated[int, Field(ge=1, le=100, description="The maximum number of rows in a page.")] = 25
    cursor: (
        Annotated[Text, Field(max_length=LONGEST_CURSOR, description="`next_cursor` of the previous page.")] | None
    ) = None

    def after(self, order: str) -> PageKey | None:
        """Returns the last row of the previous page, or None for the first page.

        `order` is the column that orders the list. Raises ProblemError if the cursor belongs to another list.
        """
        return None if self.cursor is None else _decode(self.cursor, order)


def page_of(
    session: Session,
    query: PageQuery,
    order: NewestFirst,
    statement: Select[Any],
    *,
    page: type[ListPage[Item]],
    one: Callable[[Row[Any]], Item],
) -> Answer:
    """Returns the requested page of the rows of `statement`. `one` converts a row."""
    found = order.page(session, statement, query.after(order.name), query.limit)
    return Answer(page(data=[one(row) for row in found.rows], next_cursor=next_cursor(found.last, order.name)))


def next_cursor(last: PageKey | None, order: str) -> str | None:
    """Returns the cursor of the page after the row `last`, or None if there is no further page."""
    if last is None:
        return None
    content = json.dumps([order, last.at.astimezone(UTC).isoformat(), str(last.id)])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _decode(cursor: str, order: str) -> PageKey:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        of, at, id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        key = PageKey(datetime.fromisoformat(at), UUID(id))
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        raise _refused() from None
    if of != order or key.at.tzinfo is None:
        raise _refused()
    return key


def _refused() -> Exception:
    return invalid("/cursor", "Use next_cursor of the previous page, with the same filters.")
