"""The error of a failed start."""


class DidNotStartError(Exception):
    """A server or service ended or did not answer during its start.

    The message names it and gives the reason (the last lines of its log) and the next step.
    """
