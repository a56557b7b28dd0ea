"""The error of a failed start."""


class DidNotStartError(Exception):
    """A server or service exited or did not respond while it was starting.

    The message names the server or service, the reason (the last lines of its log) and the next step.
    """
