"""Creates and changes customers, services and performers by id or external id, and records this in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Label, Row, Select, insert, literal_column, select, text, true, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from db import audit
from db.models import Appointment, Customer, Performer, Service

RowModel = type[Appointment] | type[Customer] | type[Performer] | type[Service]
"""The models whose rows may come from a calendar."""

EXTERNAL_ID_KEY = ("shop_id", "calendar_id", "external_id")
CATALOGUE_CHANGED = "CatalogueChanged"


@dataclass(frozen=True, slots=True)
class ShopRows:
    """The rows of one table. The results contain `columns` and the labelled expressions `more`.

    Rows of other shops, and rows that do not satisfy the condition `only`, are never found.

    `added` and `changed` are events of the audit log. `subject` starts their reasons, and may contain a column in
    braces. A change is recorded if it changes a column that is not in `unnoted`. `by` is the actor.
    """

    model: Any
    columns: tuple[str, ...]
    subject: str
    added: str
    changed: str
    unnoted: frozenset[str] = frozenset()
    more: tuple[Any, ...] = ()
    only: ColumnElement[bool] = field(default_factory=true)

    def selected(self, shop_id: UUID) -> Select[Any]:
        """Returns a query for the rows of the shop, without ORDER BY."""
        return select(*self._columns).where(self.model.shop_id == shop_id, self.only)

    def one(self, session: Session, shop_id: UUID, id: UUID) -> Row[Any] | None:
        """Returns the row with this id, or None if the shop has no such row."""
        return session.execute(self.selected(shop_id).where(self.model.id == id)).one_or_none()

    def create(self, session: Session, shop_id: UUID, values: Mapping[str, Any], *, by: str) -> Row[Any]:
        """Inserts a row. Raises IntegrityError if its external id already exists."""
        new = insert(self.model).values(shop_id=shop_id, **values)
        row = session.execute(new.returning(*self._columns)).one()
        self._note(session, shop_id, row, None, by=by)
        return row

    def change(
        self, session: Session, shop_id: UUID, id: UUID, values: Mapping[str, Any], *conditions: Any, by: str
    ) -> Row[Any] | None:
        """Updates the columns in `values`. Returns None if the shop has no such row that satisfies the conditions.

        The result also contains the names of the changed columns as `changed`.
        """
        if not values:
            return self.one(session, shop_id, id)
        this = (self.model.id == id, self.model.shop_id == shop_id, self.only, *conditions)
        statement = update(self.model).where(*this).values(**values)
        differs = audit.changed_columns(self.model, [*values])
        row = session.execute(statement.returning(*self._columns, differs)).one_or_none()
        if row is not None:
            self._note(session, shop_id, row, row.changed, by=by)
        return row

    def put(
        self,
        session: Session,
        shop_id: UUID,
        external_id: str,
        values: Mapping[str, Any],
        *,
        on_change: Mapping[str, Any] = MappingProxyType({}),
        by: str,
    ) -> tuple[Row[Any], bool]:
        """Inserts or updates the row with this external id.

        Returns the row and whether it was inserted. `on_change` contains columns that only an update sets. The row
        also contains the names of the changed columns as `changed`, or None if it was inserted.
        """
        given = {"shop_id": shop_id, "external_id": external_id, **values}
        statement = postgresql.insert(self.model).values(given)
        changed = {**on_change} | {name: statement.excluded[name] for name in ("external_id", *values)}
        statement = statement.on_conflict_do_update(
            index_elements=EXTERNAL_ID_KEY, index_where=text("external_id IS NOT NULL"), set_=changed
        )
        # Postgres sets xmax to 0 in an inserted row.
        is_new: Label[bool] = literal_column("(xmax = 0)", Boolean).label("is_new")
        differs = audit.changed_columns(self.model, [*values])
        row = session.execute(statement.returning(*self._columns, is_new, differs)).one()
        self._note(session, shop_id, row, row.changed, by=by)
        return row, bool(row.is_new)

    def _note(self, session: Session, shop_id: UUID, row: Row[Any], changed: list[str] | None, *, by: str) -> None:
        """Records that the row was added, or changed if the names of the changed columns are given."""
        noted = [name for name in changed or () if name not in self.unnoted]
        if changed is not None and not noted:
            return
        done = "was added" if changed is None else f"was changed: {audit.in_words(noted)}"
        audit.note(
            session,
            event=self.added if changed is None else self.changed,
            reason=f"{self.subject.format_map(row._mapping)} {done}.",
            shop_id=shop_id,
            actor=by,
            detail={self.model.__tablename__.removesuffix("s"): row.id},
        )

    @property
    def _columns(self) -> list[Any]:
        return [*(getattr(self.model, name) for name in self.columns), *self.more]


PERFORMERS = ShopRows(
    Performer,
    ("id", "name", "active", "external_id", "created_at", "updated_at"),
    subject="A person or room",
    added=CATALOGUE_CHANGED,
    changed=CATALOGUE_CHANGED,
)
SERVICES = ShopRows(
    Service,
    (
        *("id", "name", "duration_minutes", "price_cents", "deposit_cents", "active", "external_id"),
        *("created_at", "updated_at"),
    ),
    subject="The service {name}",
    added=CATALOGUE_CHANGED,
    changed=CATALOGUE_CHANGED,
)


def is_from_calendar(session: Session, model: RowModel, shop_id: UUID, id: UUID) -> bool:
    """Whether the row came from a connected calendar. Returns False if there is no such row."""
    found = select(model.id).where(model.id == id, model.shop_id == shop_id, model.calendar_id.is_not(None))
    return session.execute(found).one_or_none() is not None
