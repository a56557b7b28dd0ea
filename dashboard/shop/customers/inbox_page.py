"""The inbox, where staff read texts that the system could not handle and reply to them."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dashboard.shop import page_frame
from dashboard.shop.access.session_access import acting, reading, require_permission, signed_in
from dashboard.shop.audit_entry import note_action
from dashboard.shop.form_result import FormResult, too_long, typed
from dashboard.shop.recoveries import list_filters
from dashboard.shop.recoveries.list_filters import PAGE_SIZE
from db.customers import customer_texts
from db.messages import conversations
from db.messages.conversations import StaffReply
from views import inbox
from views.inbox import ListedConversation
from views.timeline.labels import without_links

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

TABS = {"open": "Open", "mine": "Assigned to me", "done": "Done"}
MESSAGES_SHOWN = 100
LONGEST_REPLY = 1000
"""The maximum number of characters, which fit into seven segments. Carriers accept up to 1,600."""

NO_NUMBER = "Your shop has no number for texts. Ask the operator of this installation to add one."
OPTED_OUT = "This customer opted out of texts. You can't reply here. Call the customer instead."


@bp.get("")
def listing() -> ResponseReturnValue:
    """Lists conversations, sorted by their latest text, newest first."""
    filters, me = list_filters.read(request.args), signed_in()
    tab = request.args.get("tab", "open")
    tab = tab if tab in TABS else "open"
    with reading() as rows:
        found = inbox.page(
            rows,
            me.shop.id,
            status="done" if tab == "done" else "open",
            mine=me.staff_id if tab == "mine" else None,
            limit=PAGE_SIZE + 1,
            offset=(filters.page - 1) * PAGE_SIZE,
        )
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    return page_frame.page("shop/inbox.html", tabs=TABS, tab=tab, found=found, more=more, filters=filters)


@bp.get("/<uuid:id>")
def show(id: UUID) -> ResponseReturnValue:
    """Shows one conversation."""
    return _page(id, FormResult({"body": "", "reply_id": str(uuid4())}))


def _page(id: UUID, form: FormResult) -> ResponseReturnValue:
    shop = signed_in().shop
    with reading() as rows:
        conversation = _found(inbox.one(rows, shop.id, id))
        texts = inbox.messages(rows, shop.id, conversation, limit=MESSAGES_SHOWN)
    return page_frame.form_page(
        "shop/conversation.html", conversation=conversation, texts=texts, form=form, without_links=without_links
    )


def _found(conversation: ListedConversation | None) -> ListedConversation:
    if conversation is None:
        abort(404)
    return conversation


@bp.post("/<uuid:id>/read")
@require_permission("act")
def read(id: UUID) -> ResponseReturnValue:
    """Marks the conversation as read."""
    with acting() as rows:
        if not conversations.mark_read(rows, signed_in().shop.id, id):
            abort(404)
    return redirect(url_for("shop.inbox.listing"), 303)


@bp.post("/<uuid:id>/reply")
@require_permission("act")
def reply(id: UUID) -> ResponseReturnValue:
    """Sends a reply by text. Sending the same form again has no effect."""
    form, me = FormResult(), signed_in()
    with reading() as rows:
        _found(inbox.one(rows, me.shop.id, id))
    body = typed(request.form, "body")
    try:
        reply_id = UUID(typed(request.form, "reply_id"))
    except ValueError:
        abort(400)
    form.values |= {"body": body, "reply_id": str(reply_id)}
    if problem := too_long(body, LONGEST_REPLY) or (None if body else "Write a reply first."):
        form.wrong["body"] = problem
        return _page(id, form)
    with acting() as rows:
        conversation = _found(inbox.one(rows, me.shop.id, id))
        sender = customer_texts.sender(rows, me.shop.id, conversation.channel)
        if conversation.opted_out or sender is None:
            form.wrong["body"] = OPTED_OUT if conversation.opted_out else NO_NUMBER
            return _page(id, form)
        if conversations.reply(rows, me.shop.id, StaffReply(reply_id, id, body, sender)):
            note_action(rows, "StaffReplied", "A reply was sent from the inbox.")
    flash("Reply sent.", "good")
    return redirect(url_for("shop.inbox.show", id=id), 303)


@bp.post("/<uuid:id>/status")
@require_permission("act")
def change_status(id: UUID) -> ResponseReturnValue:
    """Marks the conversation as done, or reopens it."""
    status = "open" if request.form.get("status") == "open" else "done"
    with acting() as rows:
        if not conversations.set_status(rows, signed_in().shop.id, id, status):
            abort(404)
    flash("Marked as done." if status == "done" else "Reopened.", "good")
    return redirect(url_for("shop.inbox.listing") if status == "done" else url_for("shop.inbox.show", id=id), 303)


@bp.post("/<uuid:id>/assign")
@require_permission("act")
def assign(id: UUID) -> ResponseReturnValue:
    """Assigns the conversation to the signed-in member, or removes the assignment."""
    me = signed_in()
    with acting() as rows:
        if not conversations.assign(rows, me.shop.id, id, None if request.form.get("nobody") else me.staff_id):
            abort(404)
    return redirect(url_for("shop.inbox.show", id=id), 303)
