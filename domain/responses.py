"""What follows from a text that neither accepts, declines, opts out nor opts in."""

from dataclasses import dataclass

from domain.replies import Reply
from domain.templates import TextKind


@dataclass(frozen=True, slots=True)
class Response:
    """`text` goes back to the customer; with `staff` the shop's staff are shown what the customer wrote."""

    text: TextKind | None = None
    staff: bool = False


RESPONSES: dict[Reply, Response] = {
    Reply.HELP: Response(TextKind.WHO_WE_ARE),
    Reply.WHO: Response(TextKind.WHO_WE_ARE),
    # A machine would answer a question with the same text again, and a reaction asks for nothing.
    Reply.AUTOMATIC: Response(),
    Reply.REACTION: Response(),
    Reply.COURTESY: Response(TextKind.ASK_BACK),
}
NOT_UNDERSTOOD = Response(TextKind.ASK_BACK, staff=True)


def response_to(reply: Reply, *, live: bool, carrier_answered: bool, picture: bool) -> Response:
    """`live`: the customer has an open offer, the only thing to ask back about. `picture`: one came with the text.

    `carrier_answered`: the carrier has replied to HELP by itself, so nothing follows.
    """
    if carrier_answered:
        return Response()
    response = RESPONSES.get(reply, NOT_UNDERSTOOD)
    text = None if response.text is TextKind.ASK_BACK and not live else response.text
    return Response(text, staff=response.staff or (picture and reply is Reply.COURTESY))
