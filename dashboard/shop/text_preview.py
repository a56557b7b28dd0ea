"""Previews a text with sample values, and counts its SMS segments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import segments, wording
from domain.templates import TextKind
from domain.templating import check_template
from domain.wording import ShopVoice

END = "0123456789abcdef0123456789abcdef01"
PAY_LINK = f"https://example.com/pay/{END}"
MANAGE_LINK = f"https://example.com/manage/{END}"
SAMPLE_DEPOSIT = 2000


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered text. `own`: it is the shop's, not the default. `problems`: the errors of the shop's template."""

    text: str
    segments: int
    encoding: str
    own: bool
    problems: list[str]

    @property
    def cost(self) -> str:
        """ "1 SMS", "2 SMS, due to special characters"."""
        why = ", due to special characters" if self.encoding == "UCS-2" else ""
        return f"{self.segments} SMS{why}"


Renderer = Callable[[ShopVoice, datetime, datetime, int], str]

RENDERERS: dict[TextKind, Renderer] = {
    TextKind.OFFER: lambda shop, now, then, deposit: wording.offer(shop, starts_at=then, now=now, deposit=deposit),
    TextKind.ACCEPTANCE: lambda shop, now, then, deposit: wording.acceptance(
        shop, starts_at=then, now=now, held_until=now + timedelta(minutes=15), deposit=deposit, link=PAY_LINK
    ),
    TextKind.CONFIRMATION: lambda shop, now, then, deposit: wording.confirmation(
        shop, starts_at=then, now=now, deposit=deposit, link=MANAGE_LINK
    ),
    TextKind.TOO_LATE: lambda shop, now, then, deposit: wording.too_late(shop),
    TextKind.ASK_BACK: lambda shop, now, then, deposit: wording.ask_back(shop, starts_at=then, now=now),
}


def preview(kind: TextKind, source: str, shop: ShopVoice, *, now: datetime, deposit: int) -> Preview:
    """Renders the text for a slot tomorrow, with the shop's deposit or a sample one."""
    problems = check_template(kind, source) if source else []
    own = bool(source) and not problems
    voice = ShopVoice(
        name=shop.name,
        timezone=shop.timezone,
        currency=shop.currency,
        locale=shop.locale,
        address=shop.address,
        templates={kind: source} if own else {},
    )
    text = RENDERERS[kind](voice, now, now + timedelta(days=1), deposit or SAMPLE_DEPOSIT)
    count = segments.count(text)
    return Preview(text, count.segments, count.encoding.value, own, problems)
