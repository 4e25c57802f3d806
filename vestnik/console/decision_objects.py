"""What decisions of the audit log are about: names and pages instead of numbers, and what was deleted since."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vestnik.accounts.keys import keys_with
from vestnik.accounts.people import people_with
from vestnik.clients.attributes.registry import known_types
from vestnik.clients.bulk import clients_with
from vestnik.clients.imports.jobs import jobs_with
from vestnik.clients.segments.store import find_segments
from vestnik.clients.stop_list import find_stopped
from vestnik.console.decisions import THINGS
from vestnik.console.mailings.views import title_of
from vestnik.console.roles import may
from vestnik.mailings.drafts import find_drafts
from vestnik.mailings.find import mailings_with
from vestnik.mailings.templates import find_templates
from vestnik.models import AuditEntry, Mailing, MailingKind, Role, User
from vestnik.phones.display import mask_phone
from vestnik.phones.reader import phones_are_masked, shown_text
from vestnik.routing.find import find_gateways
from vestnik.routing.routes import find_routes
from vestnik.statistics.single import single_messages_among
from vestnik.webhooks.endpoints import find_endpoints

#: A test message is kept nowhere but in the record.
_TRIAL = "gateway.trial"


class Thing(NamedTuple):
    """What a decision is about.

    Args:
        kind: the label of its kind.
        name: what people call it; empty: the kind says all.
        url: its page, if the reader may see one; else empty.
        is_gone: it was deleted since.
    """

    kind: Any
    name: str = ""
    url: str = ""
    is_gone: bool = False


class _Found(NamedTuple):
    """A thing that is there.

    Args:
        name: empty: only the record names it.
        page: the name of its page and the page's arguments; None: the reader may see none.
    """

    name: str
    page: tuple[str, ...] | None = None


class _Named(NamedTuple):
    """The names of things that decisions know by name only."""

    attributes: Collection[str]
    gateways: Collection[str]


Finder = Callable[[Collection[int], User], Mapping[int, _Found]]


def things_of(entries: Iterable[AuditEntry], *, reader: User) -> dict[int, Thing]:
    """What each decision is about, by the decision's id. Some queries for all of them.

    Args:
        entries: the decisions.
        reader: gets links only to pages that the role may see.
    """
    decided = list(entries)
    found = {kind: finder(_ids(decided, kind), reader) for kind, finder in _FINDERS.items() if _ids(decided, kind)}
    named = _Named(
        attributes=known_types() if any(entry.object_type == "attribute" for entry in decided) else (),
        gateways=_gateway_names(reader) if any(entry.action == _TRIAL for entry in decided) else (),
    )
    return {entry.id: _thing(entry, found.get(entry.object_type, {}), named) for entry in decided}


def _ids(entries: Iterable[AuditEntry], kind: str) -> set[int]:
    return {entry.object_id for entry in entries if entry.object_type == kind and entry.object_id is not None}


def _thing(entry: AuditEntry, there: Mapping[int, _Found], named: _Named) -> Thing:
    kind = THINGS.get(entry.object_type, entry.object_type)
    name = _recorded_name(entry)
    found = there.get(entry.object_id) if entry.object_id is not None else None
    if found is not None and entry.object_id is not None:
        return Thing(kind, found.name or name or _number(entry.object_id), _url(found.page) if found.page else "")
    if entry.object_type == "attribute":
        return Thing(kind, name, is_gone=name not in named.attributes)
    if entry.action == _TRIAL:
        gateway = str(entry.details.get("name", ""))
        return Thing(kind, name, _url(("gateway", gateway)) if gateway in named.gateways else "")
    if entry.object_id is None:
        return Thing(kind, is_gone=entry.action == "client.erase")
    return Thing(kind, name or _number(entry.object_id), is_gone=True)


def _recorded_name(entry: AuditEntry) -> str:
    """The name that the record itself has: it is all that is left of what was deleted. No number of a client."""
    details = entry.details
    if entry.object_type == "message":
        return str(details.get("phone", ""))
    if entry.object_type == "stop_list":
        return _phones(details)
    return "" if entry.object_type in {"client", "account"} else str(details.get("name", ""))


def _phones(details: Mapping[str, Any]) -> str:
    first = list(details.get("first") or [])
    more = int(details.get("phones") or 0) - 1
    if not first or more < 1:
        return "".join(map(str, first[:1]))
    text = ngettext("%(phone)s and %(more)d more", "%(phone)s and %(more)d more", more)
    return text % {"phone": first[0], "more": more}


def _number(number: int) -> str:
    return _("no. %(number)d") % {"number": number}


def _url(page: tuple[str, ...]) -> str:
    name, *arguments = page
    return reverse(f"admin:{name}", args=arguments)


def _gateway_names(reader: User) -> set[str]:
    """Return the names of the gateways whose pages the reader may see."""
    return {gateway.name for gateway in find_gateways()} if may(reader, Role.ADMINISTRATOR) else set()


def _accounts(ids: Collection[int], reader: User) -> dict[int, _Found]:
    is_shown = may(reader, Role.ADMINISTRATOR)
    people = people_with(ids=ids)
    return {each.pk: _Found(each.get_username(), _person_page(each.pk) if is_shown else None) for each in people}


def _person_page(user_id: int) -> tuple[str, ...]:
    return ("person", str(user_id))


def _keys(ids: Collection[int], reader: User) -> dict[int, _Found]:
    found = {}
    for key in keys_with(ids=ids):
        page: tuple[str, ...] | None = None
        if key.revoked_at is None and key.owner_id == reader.pk:
            page = ("api-keys",)
        elif may(reader, Role.ADMINISTRATOR):
            page = _person_page(key.owner_id)
        name = f"{key.name} ({key.owner.get_username()})"
        found[key.pk] = _Found(name if key.revoked_at is None else _("%(name)s, revoked") % {"name": name}, page)
    return found


def _clients(ids: Collection[int], reader: User) -> dict[int, _Found]:
    del reader
    return {
        each.id: _Found(mask_phone(each.phone_number), ("client", str(each.id))) for each in clients_with(ids=ids)
    }  # fmt: skip


def _drafts(ids: Collection[int], reader: User) -> dict[int, _Found]:
    is_shown = may(reader, Role.OPERATOR)
    return {
        number: _Found(draft.name or draft.beginning, ("draft", str(number)) if is_shown else None)
        for number, draft in find_drafts().in_bulk(list(ids)).items()
    }


def _gateways(ids: Collection[int], reader: User) -> dict[int, _Found]:
    is_shown = may(reader, Role.ADMINISTRATOR)
    return {
        each.id: _Found(each.name, ("gateway", each.name) if is_shown else None)
        for each in find_gateways().in_bulk(list(ids)).values()
    }


def _imports(ids: Collection[int], reader: User) -> dict[int, _Found]:
    del reader
    return {
        each.id: _Found(shown_text(each.file_name), ("client-import-job", str(each.id)))
        for each in jobs_with(ids=ids)
    }  # fmt: skip


def _mailings(ids: Collection[int], reader: User) -> dict[int, _Found]:
    del reader
    return {number: _Found(_title(each), ("mailing", str(number))) for number, each in mailings_with(ids=ids).items()}


def _title(mailing: Mailing) -> str:
    if mailing.kind == MailingKind.DIRECT:
        return _("single messages of a day")
    return title_of(mailing)


def _messages(ids: Collection[int], reader: User) -> dict[int, _Found]:
    del reader
    return {each: _Found("", ("message", str(each))) for each in single_messages_among(ids=ids)}


def _routes(ids: Collection[int], reader: User) -> dict[int, _Found]:
    is_shown = may(reader, Role.ADMINISTRATOR)
    return {
        each.id: _Found(each.name, ("rule", str(each.id)) if is_shown else None)
        for each in find_routes().in_bulk(list(ids)).values()
    }


def _segments(ids: Collection[int], reader: User) -> dict[int, _Found]:
    is_shown = may(reader, Role.OPERATOR)
    return {
        each.id: _Found(each.name, ("segment", str(each.id)) if is_shown else None)
        for each in find_segments().in_bulk(list(ids)).values()
    }


def _stopped(ids: Collection[int], reader: User) -> dict[int, _Found]:
    del reader
    entries = find_stopped().in_bulk(list(ids)).items()
    # The address of its page is the number.
    is_shown = not phones_are_masked()
    return {
        number: _Found("", ("phone", str(entry.phone_number)) if is_shown else None) for number, entry in entries
    }  # fmt: skip


def _templates(ids: Collection[int], reader: User) -> dict[int, _Found]:
    is_shown = may(reader, Role.OPERATOR)
    return {
        each.id: _Found(each.name, ("template", str(each.id)) if is_shown else None)
        for each in find_templates().in_bulk(list(ids)).values()
    }


def _webhooks(ids: Collection[int], reader: User) -> dict[int, _Found]:
    """The record names the host: the rest of an address may hold a token."""
    is_shown = may(reader, Role.ADMINISTRATOR)
    return {
        each.id: _Found(each.description, ("webhook", str(each.id)) if is_shown else None)
        for each in find_endpoints().in_bulk(list(ids)).values()
    }


#: How things of each kind are found by their ids. Things of the other kinds have no rows of their own.
_FINDERS: dict[str, Finder] = {
    "account": _accounts,
    "api_key": _keys,
    "client": _clients,
    "draft": _drafts,
    "gateway": _gateways,
    "import": _imports,
    "mailing": _mailings,
    "message": _messages,
    "route": _routes,
    "segment": _segments,
    "stop_list": _stopped,
    "template": _templates,
    "webhook": _webhooks,
}
