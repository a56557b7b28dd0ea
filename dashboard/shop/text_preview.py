"""Shows a text as a customer would read it, and how many SMS it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain import segments
from domain.message_variables import MessageContext, ShopVoice, compose
from domain.templates import TEMPLATES, TextKind
from domain.templating import check_template

END = "0123456789abcdef0123456789abcdef01"
SAMPLE_DEPOSIT = 2000


@dataclass(frozen=True, slots=True)
class Preview:
    """`own`: the shop's wording was used, not the default. `problems`: what is wrong with it."""

    text: str
    segments: int
    encoding: str
    own: bool
    problems: list[str]

    @property
    def cost(self) -> str:
        """ "1 SMS", "2 SMS, because of characters outside the SMS alphabet"."""
        why = ", because of characters outside the SMS alphabet" if self.encoding == "UCS-2" else ""
        return f"{self.segments} SMS{why}"


def preview(kind: TextKind, source: str, shop: ShopVoice, *, now: datetime, deposit: int) -> Preview:
    """With a time tomorrow, and the shop's deposit or a sample of one."""
    problems = check_template(kind, source) if source else []
    own = bool(source) and not problems
    context = MessageContext(
        shop=replace(shop, templates={kind: source} if own else {}),
        now=now,
        starts_at=now + timedelta(days=1),
        held_until=now + timedelta(minutes=15),
        deposit=deposit or SAMPLE_DEPOSIT,
        link=f"https://example.com/{TEMPLATES[kind].link}/{END}",
    )
    text = compose(kind, context)
    count = segments.count(text)
    return Preview(text, count.segments, count.encoding.value, own, problems)
