"""The response to a text that neither accepts, declines, opts out nor opts in."""

from dataclasses import dataclass

from domain.replies import Reply
from domain.templates import TextKind


@dataclass(frozen=True, slots=True)
class Response:
    """`text` is sent to the customer. If `staff` is set, the customer's text is shown to the shop's staff."""

    text: TextKind | None = None
    staff: bool = False


RESPONSES: dict[Reply, Response] = {
    Reply.HELP: Response(TextKind.WHO_WE_ARE),
    Reply.WHO: Response(TextKind.WHO_WE_ARE),
    # An answering machine would reply to a question with the same text again; a reaction needs no answer.
    Reply.AUTOMATIC: Response(),
    Reply.REACTION: Response(),
    Reply.COURTESY: Response(TextKind.ASK_BACK),
}
NOT_UNDERSTOOD = Response(TextKind.ASK_BACK, staff=True)


def response_to(reply: Reply, *, live: bool, carrier_answered: bool, picture: bool) -> Response:
    """The response to a classified text.

    `live`: the customer has a live offer; without one there is nothing to ask about. `carrier_answered`: the
    carrier has already replied to HELP. `picture`: the text came with a picture.
    """
    if carrier_answered:
        return Response()
    response = RESPONSES.get(reply, NOT_UNDERSTOOD)
    text = None if response.text is TextKind.ASK_BACK and not live else response.text
    return Response(text, staff=response.staff or (picture and reply is Reply.COURTESY))
