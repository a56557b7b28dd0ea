"""What can go wrong when something is started: one error, with the next step for whoever reads it."""


class DidNotStartError(Exception):
    """A server or service ended or stayed silent while it was being started.

    The message says which one, why (the last lines of its log) and what to try.
    """
