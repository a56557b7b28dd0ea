"""`slots customers forget`: erases the personal data of a customer; payment records are kept."""

from uuid import UUID

import click

from cli.help import Command
from cli.progress import say
from cli.target_system import CannotError, database, with_data
from db.audit import OPERATOR

EXAMPLES = """\
slots customers forget 0b7d4c0e-58c5-4b37-9d1c-7a2a6f0e9c11   erase name, phone, e-mail and messages
slots export customers --shop "Salon Lou" --format json       list the ids
"""


@click.command("forget", cls=Command, examples=EXAMPLES)
@click.argument("customer", metavar="ID", type=click.UUID)
@with_data
def forget_customer(customer: UUID) -> None:
    """Erase the personal data of a customer.

    ID is the customer's id, which `slots export customers` lists.

    Appointments, payments and the audit log are kept without the customer's name. The phone number of an active
    opt-out is kept, so that a customer who sent STOP is not texted after an old list is imported.

    Exit codes: 0 erased, 1 the customer has an open offer or booking, or does not exist.
    """
    from db.customers import forgetting

    with database() as session:
        done = forgetting.forget(session, customer, by=OPERATOR)
        if done is None:
            raise CannotError(
                "There is no customer with this id, or they were erased before. See: slots export customers"
            )
        if not done:
            raise CannotError(
                "The customer has a booking, a live offer or an unsent text. Cancel it or wait, then try again."
            )
    say("erased; payment records are kept, without a name")
