"""`slots webhooks rotate-key`: encrypts the secrets of all webhook endpoints with the current SECRET_KEY."""

import click

from cli.help import Command
from cli.printing import as_json_option, print_json
from cli.target_system import CannotError, database, with_data


@click.command("rotate-key", cls=Command, examples="slots webhooks rotate-key")
@as_json_option
@with_data
def rotate_key(as_json: bool) -> None:
    """Encrypt the secrets of all endpoints with SECRET_KEY. The secrets themselves do not change.

    Before you remove an old key, run this with the new key in SECRET_KEY and the old key in SECRET_KEY_PREVIOUS.

    Exit codes: 0 all secrets are encrypted with SECRET_KEY, 1 a secret can't be decrypted with either key, and
    nothing was changed.
    """
    from cli.webhook_endpoints import endpoint_encryption
    from db.encryption import SecretUnreadableError
    from db.webhooks.secret_rotation import encrypt_anew

    try:
        with database() as session:
            count = encrypt_anew(session, endpoint_encryption())
    except SecretUnreadableError as error:
        raise CannotError(f"{error} Nothing was changed. Set SECRET_KEY_PREVIOUS to that key.") from None
    if as_json:
        print_json({"rotated": count})
    else:
        click.echo(f"{count} endpoints encrypted with SECRET_KEY.")
