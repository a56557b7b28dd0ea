"""The story of `slots demo --story move-up`: one cancellation moves three customers, and the last free
time is sold.
"""

import time
from collections.abc import Mapping

from cli.local.demo_output import show_end, show_step
from cli.local.demo_shop import SHOP, SHOP_PHONE
from cli.local.demo_story import NAME_OF, DemoFailedError, DemoStory, cancel_next_appointment, pays, wait_for
from domain.chain_story import ChainStep, chain_sentence
from domain.state import Stage

MOVES = 3

MOVED = """
SELECT 1 FROM appointments new
  JOIN appointments old ON old.id = new.moved_from_appointment_id AND old.cancel_reason = 'moved up'
  JOIN payments p ON p.appointment_id = new.id AND p.status = 'succeeded'
  JOIN customers c ON c.id = new.customer_id
 WHERE new.shop_id = %s AND new.status = 'booked' AND c.phone = %s
"""
LAST_GAP = "SELECT 1 FROM slot_openings WHERE shop_id = %s AND chain_depth = %s AND status = 'filled'"


def play(settings: Mapping[str, str]) -> None:
    """Runs the whole chain. Raises DemoFailedError."""
    stage, began, asked = DemoStory(settings), time.monotonic(), ""
    cancel_next_appointment(stage)
    for _ in range(MOVES):
        asked = _moves(stage, besides=asked)
    buyer = pays(stage, besides=asked)
    if stage.row(LAST_GAP, SHOP, MOVES) is None:
        raise DemoFailedError("the last free time is not sold")
    name = NAME_OF.get(buyer, buyer)
    moved = [ChainStep(stage=Stage.RECOVERED, moved=True)] * MOVES
    show_step("booked", chain_sentence([*moved, ChainStep(stage=Stage.RECOVERED, customer=name)]))
    show_end(seconds=time.monotonic() - began, saved="£20 deposit", by=name)


def _moves(stage: DemoStory, *, besides: str) -> str:
    text = stage.text(holding="Reply YES to move", besides=besides)
    who: str = text["To"]
    show_step("ask", f"{NAME_OF[who]}, who has a later appointment, is asked:", text["Body"])
    show_step("yes", f"{NAME_OF[who]} replies YES.")
    stage.post("SANDBOX_URL", "/sandbox/inbound", {"from": who, "to": SHOP_PHONE, "body": "YES"})
    moved = stage.text(holding="Moved: ")
    show_step(
        "booked", f"{NAME_OF[who]} is moved; the paid deposit moves along, and the later time is free:", moved["Body"]
    )
    wait_for(lambda: stage.row(MOVED, SHOP, who), "the earlier time to be booked with the deposit of the later one")
    return who
