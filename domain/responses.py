"""The response to a text that neither accepts nor declines an offer, and neither opts out nor opts in."""

from dataclasses import dataclass

from domain.replies import Reply
from domain.templates import TextKind


@dataclass(frozen=True, slots=True)
class Response:
    """A response. `text` is sent to the customer. If `staff` is set, the customer's text is shown to the staff."""

    text: TextKind | None = None
    staff: bool = False


RESPONSES: dict[Reply, Response] = {
    Reply.HELP: Response(TextKind.WHO_WE_ARE),
    Reply.WHO: Response(TextKind.WHO_WE_ARE),
    # An automatic reply would answer a response with the same text again. A reaction needs no response.
    Reply.AUTOMATIC: Response(),
    Reply.REACTION: Response(),
    Reply.COURTESY: Response(TextKind.ASK_BACK),
}
NOT_UNDERSTOOD = Response(TextKind.ASK_BACK, staff=True)


def response_to(reply: Reply, *, live: bool, carrier_answered: bool, picture: bool) -> Response:
    """Returns the response to a classified text.

    `live`: the customer has a live offer; without an offer, no question is asked. `carrier_answered`: the carrier has
    already replied to HELP. `picture`: the text contained a picture.
    """
    if carrier_answered:
        return Response()
    response = RESPONSES.get(reply, NOT_UNDERSTOOD)
    text = None if response.text is TextKind.ASK_BACK and not live else response.text
    return Response(text, staff=response.staff or (picture and reply is Reply.COURTESY))
