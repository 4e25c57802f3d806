"""A single message is written, confirmed and sent; its page follows it until its state is final."""

import uuid
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.audience.direct import Accepted, send_one
from vestnik.clients.directory import find_clients
from vestnik.console.composing.fields import offset_words, own_zone
from vestnik.console.composing.parts import count_typed
from vestnik.console.mailings.messages import line_of
from vestnik.console.mailings.words import MESSAGE_MEANINGS
from vestnik.console.messages.forms import MessageForm
from vestnik.console.pages import Page
from vestnik.console.roles import user_of
from vestnik.db.clock import database_now
from vestnik.errors import KeyReused, StateForbids, TooManyTries
from vestnik.mailings.once import once
from vestnik.models import Role
from vestnik.phones.spelling import NoPhone, read_phone
from vestnik.statistics.single import SingleView, single_message
from vestnik.web.errors import sentence_of

#: The page of a message asks again: each second while it is on its way; then, since a receipt may follow, more rarely,
#: and only so long after it was sent.
EACH, LATER, FOLLOWED_FOR = 1, 5, timedelta(minutes=10)
_ON_ITS_WAY = frozenset({"queued", "sending"})


class NewMessagePage(Page):
    """The form, and its confirmation. ``?phone=`` fills in the number."""

    sees = changes = Role.OPERATOR
    template = "console/messages/new.html"
    heading = _lazy("Send one message")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        form = MessageForm(zone=own_zone(), now=database_now(), initial={"phone": request.GET.get("phone", "")})
        return self._form(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show what will be sent, or send it. A second click with the same token leads to the same message."""
        form = MessageForm(request.POST, zone=own_zone(), now=database_now())
        step = request.POST.get("step", "")
        if not form.is_valid() or step == "edit":
            return self._form(request, form, status=200 if form.is_valid() else 400)
        if step != "send":
            return self._confirmation(request, form)
        try:
            number = _sent(request, form)
        except KeyReused:
            return self._confirmation(request, _with_another_token(request, form), sent_before=True)
        except (StateForbids, TooManyTries) as error:
            form.add_error(None, sentence_of(error))
            return self._form(request, form, status=409 if isinstance(error, StateForbids) else 429)
        return HttpResponseRedirect(reverse("admin:message", args=[number]))

    def _form(self, request: HttpRequest, form: MessageForm, *, status: int = 200) -> HttpResponse:
        counted = count_typed(str(form["message_text"].value() or ""))
        client = _client_of(str(form["phone"].value() or ""))
        return self.shown(request, status=status, form=form, counted=counted, client=client, **_clock(form))

    def _confirmation(self, request: HttpRequest, form: MessageForm, *, sent_before: bool = False) -> HttpResponse:
        message = form.message()
        return self.shown_as(
            request, "console/messages/confirm.html", title=_("Send this message?"), form=form, message=message,
            counted=count_typed(message.text), client=_client_of(str(message.phone)), sent_before=sent_before,
            **_clock(form),
        )  # fmt: skip


def _sent(request: HttpRequest, form: MessageForm) -> int:
    message, user = form.message(), user_of(request)
    # What was asked for, without the end: without one in the form it is another one with each click.
    asked = {"phone": message.phone, "text": message.text, "end": form.data.get("end_at", "")}

    def make() -> dict[str, Any]:
        accepted: Accepted = send_one(message, actor=user, now=form.now)
        return {"message": accepted.id}

    answer, _repeated = once(user=user, key=f"console-message-{form.cleaned_data['token']}", body=asked, make=make)
    return int(answer["message"])


def _with_another_token(request: HttpRequest, form: MessageForm) -> MessageForm:
    """Return the form for one more message: somebody went back after sending, and changed what was typed."""
    typed = request.POST.copy()
    typed["token"] = str(uuid.uuid4())
    again = MessageForm(typed, zone=form.zone, now=form.now)
    again.is_valid()
    return again


def _client_of(typed: str) -> Any:
    """Return the client who has the phone that was typed, or None."""
    try:
        return find_clients(phone_prefix=str(read_phone(typed))).first()
    except NoPhone:
        return None


def _clock(form: MessageForm) -> dict[str, Any]:
    return {"in_zone": form.zone.key, "offset": offset_words(form.now, form.zone), "now": form.now}


class MessagePage(Page):
    """One single message and what became of it. A part of it replaces itself until the state is final."""

    template = "console/messages/one.html"
    heading = _lazy("Single message")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page, or the part that moves."""
        found = single_message(message_id=pk)
        line = line_of(found.message)
        shown = {
            "single": found, "message": found.message, "line": line, "meaning": MESSAGE_MEANINGS[found.message.state],
            "again": _asks_again(found),
        }  # fmt: skip
        if "HX-Request" in request.headers:
            return self.fragment(request, "console/messages/state.html", **shown)
        return self.shown(request, **shown)


def _asks_again(found: SingleView) -> int:
    """Return after how many seconds the page asks again; 0: never, the state is final."""
    message = found.message
    if message.state in _ON_ITS_WAY:
        return EACH
    is_new = message.sent_at is not None and database_now() - message.sent_at < FOLLOWED_FOR
    return LATER if message.state == "sent" and is_new else 0
