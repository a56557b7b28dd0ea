"""Limits the size of forms and the number of their fields."""

from flask import abort, request

KIB = 1024
LARGEST_FORM = 64 * KIB
MOST_FIELDS = 200

# The maximum size of a field that isn't a file. Also limits the buffer of the parser, which reads 64 KiB at a time.
LARGEST_PART = 256 * KIB

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

CONFIG: dict[str, object] = {
    "MAX_CONTENT_LENGTH": LARGEST_FORM,
    "MAX_FORM_MEMORY_SIZE": LARGEST_PART,
    "MAX_FORM_PARTS": MOST_FIELDS,
}


def refuse_many_fields() -> None:
    """Aborts with 413 if there are more than MOST_FIELDS fields. Werkzeug limits only multipart forms."""
    if request.mimetype == URLENCODED and request.get_data(parse_form_data=False).count(b"&") >= MOST_FIELDS:
        abort(413)


def accept_file(*, largest: int, largest_field: int = LARGEST_PART) -> None:
    """Raises the limits of this request, in bytes. Call after authentication and before the form is read."""
    if request.mimetype != MULTIPART:
        abort(415)
    request.max_content_length = largest
    request.max_form_memory_size = largest_field
