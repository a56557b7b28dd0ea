"""Reads a failed call to Twilio: certainly not sent, or unknown."""

from requests.exceptions import ConnectionError as LostConnection
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException  # type: ignore[import-untyped]
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from providers.twilio.twilio_codes import TwilioCodeKind, on_sending
from providers.twilio.twilio_results import TextRefused, Unknown

# Everything the SDK and the libraries below it let out; the last four come of an answer in an unexpected shape.
TROUBLE = (TwilioException, RequestException, HTTPError, ValueError, KeyError, TypeError, AttributeError)


def failed_send(error: Exception) -> TextRefused | Unknown:
    """What a failed create call leaves us knowing."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        code = _number(error.code)
        meaning = on_sending(code, _number(error.status) or 0)
        if meaning.kind is TwilioCodeKind.UNKNOWN:
            return Unknown(meaning.words)
        return TextRefused(meaning.kind, meaning.words, code)
    if _never_left(error):
        return TextRefused(TwilioCodeKind.LATER, "Twilio could not be reached, so nothing was sent.")
    return Unknown(f"Twilio's answer did not arrive or could not be read ({type(error).__name__}).")


def failed_question(error: Exception) -> Unknown:
    """What a failed fetch or list leaves us knowing: nothing."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return Unknown(f"Twilio answered {error.status} ({error.code}) when asked.")
    return Unknown(f"Twilio did not answer ({type(error).__name__}).")


def is_missing(error: Exception) -> bool:
    """Whether Twilio says that it has no such message."""
    return isinstance(error, TwilioRestException | TwilioServiceException) and _number(error.status) == 404


def _never_left(error: Exception) -> bool:
    """A connection that was never made carried no request."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, LostConnection) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError | ConnectTimeoutError)


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
