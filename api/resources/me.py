"""`GET /me`, which returns the caller's shop and key."""

from typing import Literal
from uuid import UUID

from api.answers import Answer
from api.call import Call
from api.endpoint import EndpointTable
from api.fields import Moment, ResponseModel


class ShopResponse(ResponseModel):
    """The shop of the key. `country` applies to phone numbers without a country code."""

    id: UUID
    name: str
    timezone: str
    currency: str
    locale: str
    country: str | None


class Key(ResponseModel):
    """The key of this request."""

    id: UUID
    label: str
    scope: Literal["read", "write"]
    mode: Literal["live", "test"]
    expires_at: Moment | None


class Me(ResponseModel):
    """The caller. `key_label` and `scope` belong to the key."""

    shop: ShopResponse
    key: Key
    key_label: str
    scope: Literal["read", "write"]


ENDPOINTS = EndpointTable()


@ENDPOINTS.add("GET", "/me", {200: Me})
def show(call: Call) -> Answer:
    """Show the shop, and the label and scope of the key."""
    key = call.key
    shop = ShopResponse(
        id=key.shop_id,
        name=key.shop_name,
        timezone=key.timezone,
        currency=key.currency.upper(),
        locale=key.locale,
        country=call.country,
    )
    mode = "live" if key.live else "test"
    own = Key.model_validate(
        {"id": key.id, "label": key.label, "scope": key.scope, "mode": mode, "expires_at": key.expires_at}
    )
    return Answer(Me(shop=shop, key=own, key_label=own.label, scope=own.scope))
