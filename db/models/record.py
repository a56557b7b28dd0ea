"""The declarative base class and the column types that the tables share."""

import datetime as dt
import uuid
from typing import Annotated, Any, ClassVar

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import DeclarativeBase, mapped_column

# These are the names that Postgres generates, so that models and migrations agree without explicit names.
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}

Json = dict[str, Any]
JsonList = list[Any]


class ModelRecord(DeclarativeBase):
    """The base class of all models. Model instances stay inside `db`, which returns plain values."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        dt.datetime: DateTime(timezone=True),
        uuid.UUID: UUID(as_uuid=True),
        Json: JSONB(),
        JsonList: JSONB(),
    }


Id = Annotated[
    uuid.UUID, mapped_column(UUID(as_uuid=True), primary_key=True, server_default=text("gen_random_uuid()"))
]
ShopId = Annotated[uuid.UUID, mapped_column(UUID(as_uuid=True), ForeignKey("shops.id"))]
Instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True), server_default=text("clock_now()"))]
PartitionKey = Annotated[
    dt.datetime, mapped_column(DateTime(timezone=True), primary_key=True, server_default=text("clock_now()"))
]
"""The creation time in a table that is partitioned by month. Postgres requires this column in every unique index."""
Words = Annotated[str, mapped_column(Text(), server_default=text("''"))]
Number = Annotated[int, mapped_column(Integer(), server_default=text("0"))]
Token = Annotated[str, mapped_column(Text(), unique=True, server_default=text("random_token()"))]


def by_month(column: str) -> dict[str, str]:
    """Returns the table options of a table that is partitioned by the month of `column`."""
    return {"postgresql_partition_by": f"RANGE ({column})"}


def filled(default: str) -> Any:
    """Returns a column whose server default is the SQL expression `default`."""
    return mapped_column(server_default=text(default))


def points_to(table: str, *, on_delete: str | None = None, closes_a_circle: bool = False) -> Any:
    """Returns a column with a foreign key to the id of `table`.

    `on_delete` is the SQL action; without it, referenced rows can't be deleted. If two tables refer to each other,
    the key with `closes_a_circle` is added after both tables are created.
    """
    return mapped_column(ForeignKey(f"{table}.id", ondelete=on_delete, use_alter=closes_a_circle))


def one_of(table: str, column: str, *words: str) -> CheckConstraint:
    """Returns a named check constraint: `column` of `table` must be one of `words`."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{table}_{column}_known")


def external_id_key(table: str) -> Index:
    """Returns a unique index on the shop, the calendar and the external id.

    The calendar is null in rows whose external id comes from the API.
    """
    return Index(
        f"{table}_external_id_key",
        "shop_id",
        "calendar_id",
        "external_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("external_id IS NOT NULL"),
    )
