"""Actions on a mailing. Each is one POST that redirects to the mailing, or to the list, with a message."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vestnik.console.mailings.views import title_of
from vestnik.console.pages import Page, said_above
from vestnik.console.paging import back_to, same_list
from vestnik.console.roles import user_of
from vestnik.console.tags import number
from vestnik.errors import NotFound
from vestnik.mailings import actions
from vestnik.mailings.find import get_mailing
from vestnik.mailings.unknown import leave_unknown, resend_unknown
from vestnik.models import User


def _pause(mailing_id: int, actor: User) -> str:
    actions.pause(mailing_id=mailing_id, actor=actor)
    return _("Paused. Nothing more is sent until you resume it.")


def _resume(mailing_id: int, actor: User) -> str:
    actions.resume(mailing_id=mailing_id, actor=actor)
    return _("Resumed. Sending continues where it stopped.")


def _cancel(mailing_id: int, actor: User) -> str:
    actions.cancel(mailing_id=mailing_id, actor=actor)
    return _("Cancelled. Queued messages will not be sent.")


def _resend(mailing_id: int, actor: User) -> str:
    done = resend_unknown(mailing_id=mailing_id, actor=actor)
    again = ngettext(
        "%(count)s message is sent again.", "%(count)s messages are sent again.", done.resent
    ) % {"count": number(done.resent)}  # fmt: skip
    if not done.left:
        return again
    left = ngettext(
        "%(count)s stays unknown: the phone is on the stop list, or its client was deleted.",
        "%(count)s stay unknown: the phones are on the stop list, or their clients were deleted.",
        done.left,
    ) % {"count": number(done.left)}
    return f"{again} {left}"


def _leave(mailing_id: int, actor: User) -> str:
    done = leave_unknown(mailing_id=mailing_id, actor=actor)
    return ngettext(
        "%(count)s message stays unknown.",
        "%(count)s messages stay unknown.",
        done.left,
    ) % {"count": number(done.left)}


def _of_mailing(mailing_id: int, said: str) -> str:
    """Return the message with the name of its mailing: a list has many."""
    return f"{title_of(get_mailing(mailing_id=mailing_id))}: {said}"


_ACTIONS: dict[str, Callable[[int, User], str]] = {
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
    "resend": _resend,
    "leave": _leave,
}


class ActionPage(Page):
    """``POST mailings/<id>/act`` with ``do``: pause, resume, cancel, resend or leave. ``then=list``: the list asked."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Run the action, and return to the mailing, or to the list as it was searched.

        If the mailing's state forbids the action, an error is shown there.

        Raises:
            NotFound: There is no such mailing or action.
        """
        action = _ACTIONS.get(request.POST.get("do", ""))
        if action is None:
            raise NotFound(_("There is no such action."))
        is_listed = request.POST.get("then") == "list"
        with said_above(request):
            said = action(pk, user_of(request))
            messages.success(request, _of_mailing(pk, said) if is_listed else said)
        page = reverse("admin:mailing", args=[pk]) + same_list(request)
        return redirect(back_to(request, "mailings") if is_listed else page)


class DeletePage(Page):
    """``POST mailings/<id>/delete``: cancels the mailing if it is not over, and hides it."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete the mailing, and go to the list."""
        actions.delete(mailing_id=pk, actor=user_of(request))
        messages.success(request, _("The mailing was deleted. Its totals are kept for audit."))
        return redirect(back_to(request, "mailings"))
