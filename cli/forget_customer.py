"""`slots customers forget`: empties all that says who a customer was; what is about money stays."""

from uuid import UUID

import click

from cli.help import Command
from cli.target_system import CannotError, database, with_data

EXAMPLES = """\
slots customers forget 0b7d4c0e-58c5-4b37-9d1c-7a2a6f0e9c11   name, phone, e-mail and what was written are emptied
slots export customers --shop "Salon Lou" --format json       lists them with their ids
"""


@click.command("forget", cls=Command, examples=EXAMPLES)
@click.argument("customer", metavar="ID", type=click.UUID)
@with_data
def forget_customer(customer: UUID) -> None:
    """Forget a customer who asks for it.

    ID is the customer's own: `slots export customers` lists it.

    Appointments, payments and the log stay, without a name. A standing opt-out keeps its number, so that a list that
    is imported again texts nobody who said STOP.

    Exit codes: 0 done, 1 something of theirs is still open, or there is no such customer.
    """
    from cli.progress import say
    from db import audit, forgetting

    with database() as session:
        done = forgetting.forget(session, customer)
        if done is None:
            raise CannotError("There is no customer of this id whom we still know. See: slots export customers")
        if not done:
            raise CannotError(
                "A booking stands, an offer is out or a text is on its way: cancel or wait, then again."
            )
        audit.note(
            session,
            event="CustomerForgotten",
            reason="A customer asked to be forgotten.",
            shop_id=forgetting.shop_of(session, customer),
            actor="operator",
            detail={"customer": str(customer)},
        )
    say("forgotten; what is about money stays, without a name")
