"""Parses Twilio's webhooks into typed values, or into a reason if a form differs from the documentation.

Also converts forms for storage, and derives the event ids that identify repeated webhooks.

Parameters: https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from domain.channels import CHANNELS, PHONE_CHANNELS, Channel
from providers.storable_text import storable_text
from providers.twilio.delivery_status import Status, status_from

Fields = Mapping[str, object]
"""A received form (a list of values for each name) or a stored form (a string, or a list for a repeated name)."""

BODY_CHARACTERS = 1600
"""The length in characters of the longest text that Twilio sends.

Longer texts are truncated, so that every reply is recorded.
"""


class OptOut(StrEnum):
    """Twilio's own classification of a text, which it sends if its opt-out handling is enabled."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


@dataclass(frozen=True, slots=True)
class UnreadableForm:
    """An invalid form. `reason` contains the name of the parameter but never its value."""

    reason: str


def _body(value: object) -> object:
    return storable_text(value)[:BODY_CHARACTERS] if isinstance(value, str) else value


def _opt_out(value: object) -> object:
    known = str(value).strip().upper()
    return known if known in OptOut.__members__ else None


def _status(value: object) -> object:
    return status_from(str(value)) or value


def _count(value: object) -> object:
    """Accepts only digits. pydantic would also accept a sign, spaces, underscores and "1.0"."""
    if isinstance(value, str) and value and not (value.isascii() and value.isdigit()):
        raise ValueError("not a whole number")
    return value or None


MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
"""https://www.twilio.com/docs/glossary/what-is-a-sid.

The match must be exact, because Twilio signs names and values without separators. A longer SID that includes the next
parameter would have the same signature as the real SID.
"""

Sid = Annotated[str, Field(pattern=f"^{MESSAGE_SID.pattern}$")]
AccountSid = Annotated[str, Field(pattern=r"^(AC[0-9A-Za-z_-]{1,62})?$")]
Phone = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$", repr=False)]


class InboundText(BaseModel):
    """A text from a customer. Phone numbers are in E.164 format without the channel's prefix.

    `sent_at` (UTC, to the second) is set only for texts from Twilio's list, because webhooks have no such parameter.
    """

    model_config = ConfigDict(frozen=True)

    message_sid: Sid = Field(validation_alias="MessageSid")
    account_sid: AccountSid = Field("", validation_alias="AccountSid")
    from_: Phone = Field(validation_alias="From", repr=False)
    to: Phone = Field(validation_alias="To", repr=False)
    channel: Channel
    body: Annotated[str, BeforeValidator(_body)] = Field("", validation_alias="Body", repr=False)
    opt_out_type: Annotated[OptOut | None, BeforeValidator(_opt_out)] = Field(None, validation_alias="OptOutType")
    num_media: Annotated[int, Field(ge=0, le=100), BeforeValidator(_count)] = Field(0, validation_alias="NumMedia")
    sent_at: datetime | None = Field(None, validation_alias="DateSent")

    @property
    def written_at(self) -> datetime | None:
        """The latest time (UTC) at which a text from the list may have been written."""
        return self.sent_at + TO_THE_SECOND if self.sent_at else None


class StatusCallback(BaseModel):
    """The delivery status of one of our messages."""

    model_config = ConfigDict(frozen=True)

    message_sid: Sid = Field(validation_alias="MessageSid")
    account_sid: AccountSid = Field("", validation_alias="AccountSid")
    status: Annotated[Status, BeforeValidator(_status)] = Field(validation_alias="MessageStatus")
    error_code: Annotated[int | None, Field(ge=0, le=999_999), BeforeValidator(_count)] = Field(
        None, validation_alias="ErrorCode"
    )


TO_THE_SECOND = timedelta(seconds=1)
"""The precision of the times in Twilio's list."""

Form = TypeVar("Form", bound=BaseModel)

FORMER_NAMES = {"MessageSid": "SmsSid", "MessageStatus": "SmsStatus"}
"""The older names of parameters. Twilio sends both names with the same value. The older name is used if the newer
name is missing.
"""

SINGLE = (
    "MessageSid",
    "SmsSid",
    "AccountSid",
    "From",
    "To",
    "Body",
    "OptOutType",
    "NumMedia",
    "DateSent",
    "MessageStatus",
    "SmsStatus",
    "ErrorCode",
)


def read_text(fields: Fields) -> InboundText | UnreadableForm:
    """Parses an inbound text."""
    values = _single_values(fields)
    if isinstance(values, UnreadableForm):
        return values
    channels = {_channel(values.get(name, "")) for name in ("From", "To")}
    if len(channels) != 1:
        return UnreadableForm("From and To are of different channels")
    prefixless = {name: values[name].rpartition(":")[2] for name in ("From", "To") if name in values}
    return _parsed(InboundText, values | prefixless | {"channel": channels.pop()})


def read_status(fields: Fields) -> StatusCallback | UnreadableForm:
    """Parses a status callback."""
    values = _single_values(fields)
    return values if isinstance(values, UnreadableForm) else _parsed(StatusCallback, values)


def as_form(text: InboundText) -> dict[str, str]:
    """Returns a text from Twilio's list as the form that the inbound webhook would have sent."""
    prefix = CHANNELS[text.channel].prefix
    sent = {"DateSent": text.sent_at.isoformat()} if text.sent_at else {}
    return sent | {
        "MessageSid": text.message_sid,
        "AccountSid": text.account_sid,
        "From": prefix + text.from_,
        "To": prefix + text.to,
        "Body": text.body,
        "NumMedia": str(text.num_media),
    }


def _single_values(fields: Fields) -> dict[str, str] | UnreadableForm:
    given = {name: _as_list(fields[name]) for name in SINGLE if name in fields}
    repeated = [name for name, all_values in given.items() if len(all_values) > 1]
    if repeated:
        return UnreadableForm(f"{repeated[0]} is given more than once")
    values = {name: all_values[0] for name, all_values in given.items() if all_values}
    former = {name: values[old] for name, old in FORMER_NAMES.items() if old in values}
    for name, value in former.items():
        if values.get(name, value) != value:
            return UnreadableForm(f"{name} and {FORMER_NAMES[name]} differ")
    return former | values


def _as_list(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)]


def _channel(address: str) -> str:
    """Returns the channel, or the prefix if the channel is unknown."""
    prefix = address[: address.rfind(":") + 1].lower()
    return next((one.channel.value for one in PHONE_CHANNELS if one.prefix == prefix), prefix)


def _parsed(form: type[Form], values: Mapping[str, str]) -> Form | UnreadableForm:
    try:
        return form.model_validate(values)
    except ValidationError as error:
        return UnreadableForm(f"{error.errors()[0]['loc'][0]} has an unexpected value")


def as_payload(form: Mapping[str, list[str]]) -> dict[str, Any]:
    """Returns a string for each name, or a list for a repeated name, without characters that Postgres can't store."""
    stored = {storable_text(name): [storable_text(value) for value in values] for name, values in form.items()}
    return {name: values[0] if len(values) == 1 else values for name, values in stored.items()}


def text_id(payload: Mapping[str, Any]) -> str:
    """Returns Twilio's id of the text, or a fingerprint of the payload if the id is missing or invalid."""
    sid = payload.get("MessageSid") or payload.get("SmsSid")
    return sid if isinstance(sid, str) and MESSAGE_SID.fullmatch(sid) else fingerprint(payload)


def status_id(payload: Mapping[str, Any]) -> str:
    """Returns the same id for every callback with the same status and message. The form must be readable."""
    status = payload.get("MessageStatus") or payload["SmsStatus"]
    return f"{text_id(payload)}:{status.lower()}"


def fingerprint(payload: Mapping[str, Any]) -> str:
    """Returns an id for a payload that has no id."""
    return "sha256:" + hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
