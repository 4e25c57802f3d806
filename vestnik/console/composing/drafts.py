"""What somebody has typed and not sent yet, kept in the login's session: going back and reloading lose nothing."""

from django.http import HttpRequest, QueryDict

_NAME = "mailing_drafts"
#: Drafts of one login that are kept; the oldest goes first.
_KEPT = 5


def keep_draft(request: HttpRequest, token: str, typed: QueryDict) -> None:
    """Keep what was typed into the form with this token."""
    drafts: dict[str, dict[str, list[str]]] = request.session.get(_NAME, {})
    others = {each: lists for each, lists in drafts.items() if each != token}
    newest = dict(list(others.items())[1 - _KEPT :])
    request.session[_NAME] = {**newest, token: {name: [str(value) for value in said] for name, said in typed.lists()}}


def kept_draft(request: HttpRequest, token: str) -> QueryDict | None:
    """What was typed into the form with this token; None: it is not kept (any more)."""
    lists = request.session.get(_NAME, {}).get(token)
    if lists is None:
        return None
    typed = QueryDict(mutable=True)
    for name, said in lists.items():
        typed.setlist(name, said)
    return typed
