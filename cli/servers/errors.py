"""What can go wrong when a server is started: one error, with the next step for whoever reads it."""


class ServerDidNotStart(Exception):
    """A server ended or stayed silent while it was being started.

    The message says which one, why (the last lines of its log) and what to try.
    """
