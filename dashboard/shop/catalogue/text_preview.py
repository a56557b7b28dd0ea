"""Previews a text with sample values, and counts its SMS segments."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain import segments
from domain.message_variables import MessageContext, ShopVoice, compose
from domain.segments import ALONE, IN_PARTS, Encoding
from domain.templates import TEMPLATES, TextKind
from domain.templating import check_template

END = "0123456789abcdef0123456789abcdef01"
SAMPLE_LINK = f"https://example.com/offer/{END}"
SAMPLE_DEPOSIT = 2000


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered text.

    `own` is true for the shop's own wording and false for the default. `problems` lists the errors in the shop's
    template.
    """

    text: str
    segments: int
    units: int
    encoding: Encoding
    own: bool
    problems: list[str]

    @property
    def cost(self) -> str:
        """The size of the text, such as "1 SMS, 120 of 160 characters"."""
        size = ALONE[self.encoding] if self.segments < 2 else IN_PARTS[self.encoding] * self.segments
        why = ", due to special characters" if self.encoding is Encoding.UCS_2 else ""
        return f"{self.segments} SMS, {self.units} of {size} characters{why}"


def preview(
    kind: TextKind, source: str, shop: ShopVoice, *, now: datetime, deposit: int, offer_link: str = ""
) -> Preview:
    """Renders the text for a slot tomorrow, with the shop's deposit or a sample deposit."""
    problems = check_template(kind, source) if source else []
    own = bool(source) and not problems
    context = MessageContext(
        shop=replace(shop, templates={kind: source} if own else {}),
        now=now,
        starts_at=now + timedelta(days=1),
        moving_from=now + timedelta(days=3),
        held_until=now + timedelta(minutes=15),
        deposit=deposit or SAMPLE_DEPOSIT,
        amount=deposit or SAMPLE_DEPOSIT,
        paid=deposit or SAMPLE_DEPOSIT,
        link=f"https://example.com/{TEMPLATES[kind].link}/{END}",
        offer_link=offer_link,
        name="Ana Silva",
        service="Cut and finish",
        performer="Mira",
    )
    text = compose(kind, context)
    count = segments.count(text)
    return Preview(text, count.segments, count.units, count.encoding, own, problems)
