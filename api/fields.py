"""Field types that all resources share. Each type defines its validation and its schema."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from api.problems import invalid

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOST_CENTS = 2**31 - 1
"""The largest value that the columns can store, far above the maximum that Stripe can charge."""

# RFC 3339: a date, a time and an offset.
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
SPACE_FOR_PLUS = re.compile(r" (?=\d\d:\d\d$)")


class RequestModel(BaseModel):
    """A request body. Unknown fields are errors, and types are not converted: "12" is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class QueryModel(BaseModel):
    """The query parameters, all of which arrive as text.

    Unknown parameters are errors, so that a misspelt filter is never ignored.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


def published_name(name: str) -> str:
    """Returns the name of a model in the OpenAPI document, such as `Customer` for `CustomerResponse`."""
    return name.removesuffix("Response")


class ResponseModel(BaseModel):
    """A response body."""

    model_config = ConfigDict(
        extra="forbid", from_attributes=True, model_title_generator=lambda model: published_name(model.__name__)
    )


def storable(text: str) -> str:
    """Returns the text. Raises ValueError if Postgres cannot store it."""
    if "\0" in text:
        raise ValueError("must not contain the character U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain half of a surrogate pair") from None
    return text


def _is_rfc3339(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    # In a query string, an unescaped plus sign arrives as a space.
    text = SPACE_FOR_PLUS.sub("+", value) if isinstance(value, str) else ""
    if not TIME.fullmatch(text):
        raise ValueError("must be a time with its offset (RFC 3339), like 2026-03-01T10:00:00Z")
    return text


def _in_range(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"must be between the years {EARLIEST.year} and {LATEST.year}")
    return moment.astimezone(UTC)


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Text = Annotated[str, AfterValidator(storable)]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(storable)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)
]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(storable)]
ExternalId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    AfterValidator(storable),
    Field(description="The row's id in the calling system."),
]
_EXTERNAL_ID: TypeAdapter[str] = TypeAdapter(ExternalId)
Cents = Annotated[int, Field(ge=0, le=MOST_CENTS, description="Minor units of the shop's currency.")]
Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60, description="Minutes.")]
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_is_rfc3339),
    AfterValidator(_in_range),
    Field(strict=False, description="RFC 3339 with an offset, between the years 1970 and 2200."),
]
"""A time in a request, converted to UTC."""
Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A time in a response, in UTC."""


def check_external_id(text: str) -> str:
    """Returns the external id from a URL. Raises ProblemError if it is invalid.

    Rejects U+FFFD, which replaces bytes that are not UTF-8, because different ids could otherwise become equal.
    """
    if "\N{REPLACEMENT CHARACTER}" in text:
        raise invalid("/external_id", "Use UTF-8, percent-encoded, without the character U+FFFD.")
    try:
        return _EXTERNAL_ID.validate_python(text)
    except ValidationError:
        raise invalid("/external_id", "Use 1 to 255 characters, without the control character U+0000.") from None


def optional() -> Any:
    """Returns the default of a field that can be omitted but, unlike a nullable field, can't be null.

    `model_fields_set` contains the fields that were sent.
    """
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def sent(model: BaseModel) -> dict[str, Any]:
    """Returns the values of the fields that were sent, by name. Omitted fields must keep their values."""
    return {name: getattr(model, name) for name in model.model_fields_set}
