"""The rule for purpose keys. The database holds one message for each key."""


def purpose_key(purpose: str, *subject: object) -> str:
    """`<purpose>:<subject>`, where the subject is the id of the offer, booking, payment or code.

    A message that may be sent by several channels has the channel as the last part.
    """
    return ":".join([purpose, *map(str, subject)])
