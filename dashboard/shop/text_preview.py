"""Previews a text with sample values, and counts its SMS segments."""

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


def preview(kind: TextKind, source: str, shop: ShopVoice, *, now: datetime, deposit: int) -> Preview:
    """Renders the text for a slot tomorrow, with the shop's deposit or a sample one."""
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
