"""Twilio's error codes with their messages and HTTP statuses."""

from sandbox.http_answers import ProviderAnswer

# https://www.twilio.com/docs/api/errors
MESSAGES = {
    20001: "Parameter is not valid.",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Phone Number",
    21266: "'To' and 'From' number cannot be the same",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number provided is not a valid, message-capable Twilio phone number",
    21609: "The 'StatusCallback' URL is not a valid URL",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "Message cannot be sent with the current combination of 'To' and 'From' parameters",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21655: "The ContentSid is Invalid",
    21656: "The ContentVariables Parameter is invalid",
    63007: "Twilio could not find a Channel with the specified From address",
    30034: "Message from an unregistered number",
}
STATUSES = {20003: 401, 20404: 404, 20429: 429, 20500: 500}


def refusal(code: int, detail: str = "") -> ProviderAnswer:
    """Returns the error with this code. For an unknown code, returns a 400 with a generic message."""
    status = STATUSES.get(code, 400)
    message = MESSAGES.get(code, "The request was refused")
    body = {
        "code": code,
        "message": f"{message}: {detail}" if detail else message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return ProviderAnswer(status, body)
