"""The list of what needs a person's decision, for the start page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vestnik.accounts.registration import strangers_may_send
from vestnik.clients.imports.corrections import open_rows
from vestnik.clients.imports.jobs import troubled_jobs
from vestnik.console.mailings.views import title_of
from vestnik.console.tags import moment, number
from vestnik.gateways.states import State
from vestnik.mailings.advice import Topic, advice_for, can_follow
from vestnik.mailings.find import find_mailings
from vestnik.mailings.pauses import held_back_mailings, what_to_do, why_held_back
from vestnik.models import ImportState, Mailing, Role
from vestnik.reports.problems import reports_problem
from vestnik.routing.find import shown_gateways
from vestnik.statistics.stuck_singles import stuck_singles
from vestnik.statistics.totals import Totals
from vestnik.statistics.waiting import MAX, differing_mailings, troubled_mailings
from vestnik.webhooks.trouble import troubled_endpoints

#: The number of mailings with unknown messages that are listed. Those that end first come first.
MAX_NAMED = 5
#: The maximum age and number of imports that are listed.
IMPORT_AGE, MAX_IMPORTS = timedelta(days=1), 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One item of the list: a description, advice, and a link.

    ``grave`` means that something is blocked because of it.
    """

    words: str
    advice: str
    url: str
    link: str
    grave: bool = False


def waiting_things(
    *,
    undecided: Mapping[int, int],
    role: Role,
    live: Mapping[int, Totals] | None = None,
) -> list[Waiting]:
    """Return everything that needs a decision, the most urgent first.

    Args:
        undecided: The number of undecided unknown messages by mailing id, in the order to show.
        live: The totals of mailings that are not over.
        role: The user's. It decides what is advised (:mod:`vestnik.mailings.advice`); problems of gateways, webhooks,
            registration and the report are for administrators only.
    """
    found = [
        *_held(role), *_stuck(role), *_differing(role), *_troubled(live or {}, role), *_undecided(undecided, role),
        *_imports(role),
    ]  # fmt: skip
    if role != Role.ADMINISTRATOR:
        return found
    return [*_out(role), *found, *_webhooks(role), *_registration(role), *_report()]


def _held(role: Role) -> Iterator[Waiting]:
    for mailing in held_back_mailings()[:MAX]:
        words = f"{_named(mailing)}. {why_held_back(mailing)}"
        yield Waiting(
            words=words, advice=what_to_do(mailing, role), url=_url(mailing), link=_("View"), grave=True
        )  # fmt: skip


def _stuck(role: Role) -> Iterator[Waiting]:
    for each in stuck_singles():
        words = ngettext(
            "%(count)s single message waits: its gateway “%(name)s” is suspended (%(said)s).",
            "%(count)s single messages wait: their gateway “%(name)s” is suspended (%(said)s).",
            each.messages,
        ) % {"count": number(each.messages), "name": each.gateway, "said": each.said or "—"}
        until = _("The first of them expires on %(end)s.") % {"end": moment(timezone.localtime(each.first_end))}
        advice = f"{advice_for(Topic.STUCK_SINGLES, role)} {until}"
        may_mend = can_follow(Topic.STUCK_SINGLES, role)
        url = reverse("admin:gateway", args=[each.gateway]) if may_mend else reverse("admin:mailings")
        yield Waiting(words=words, advice=advice, url=url, link=_("View"), grave=True)


def _differing(role: Role) -> Iterator[Waiting]:
    for mailing, count in differing_mailings():
        words = ngettext(
            "%(mailing)s: %(count)s total does not match the messages.",
            "%(mailing)s: %(count)s totals do not match the messages.",
            count,
        ) % {"mailing": _named(mailing), "count": number(count)}
        advice = advice_for(Topic.TOTALS_DIFFER, role)
        yield Waiting(words=words, advice=advice, url=_url(mailing), link=_("View"), grave=True)


def _troubled(live: Mapping[int, Totals], role: Role) -> Iterator[Waiting]:
    for mailing, share in troubled_mailings(live)[:MAX_NAMED]:
        values = {"mailing": _named(mailing), "percent": round(100 * share)}
        words = _("%(mailing)s: %(percent)s %% of the messages failed or are unknown.") % values
        yield Waiting(words=words, advice=advice_for(Topic.TROUBLED, role), url=_url(mailing), link=_("View"))


def _undecided(counts: Mapping[int, int], role: Role) -> Iterator[Waiting]:
    named = find_mailings().in_bulk(list(counts)[:MAX_NAMED])
    advice = advice_for(Topic.UNDECIDED, role)
    link = _("Decide") if can_follow(Topic.UNDECIDED, role) else _("View")
    for mailing, count in ((named[key], counts[key]) for key in counts if key in named):
        words = ngettext(
            "%(mailing)s: it is not known whether %(count)s message was delivered.",
            "%(mailing)s: it is not known whether %(count)s messages were delivered.",
            count,
        ) % {"mailing": _named(mailing), "count": number(count)}
        yield Waiting(words=words, advice=advice, url=_url(mailing), link=link)
    more = len(counts) - MAX_NAMED
    if more > 0:
        words = ngettext(
            "%(count)s more mailing has unknown messages.",
            "%(count)s more mailings have unknown messages.",
            more,
        ) % {"count": number(more)}
        yield Waiting(words=words, advice="", url=reverse("admin:mailings"), link=_("All mailings"))


def _imports(role: Role) -> Iterator[Waiting]:
    for job in troubled_jobs(within=IMPORT_AGE, most=MAX_IMPORTS):
        url, link = reverse("admin:client-import-job", args=[job.id]), _("View")
        if job.state == ImportState.FAILED:
            yield Waiting(words=_("An import failed: no client was changed."), advice="", url=url, link=link)
        elif rows := open_rows(job):
            words = ngettext("An import refused %(count)s row.", "An import refused %(count)s rows.", rows)
            words %= {"count": number(rows)}
            yield Waiting(words=words, advice=advice_for(Topic.REFUSED_ROWS, role), url=url, link=link)


def _out(role: Role) -> Iterator[Waiting]:
    for gateway in shown_gateways():
        if gateway.state is State.OUT:
            words = _("Gateway “%(name)s” rejects our account and gets no messages: %(reason)s") % {
                "name": gateway.name, "reason": gateway.reason or "—"
            }  # fmt: skip
            url = reverse("admin:gateway", args=[gateway.name])
            advice = advice_for(Topic.GATEWAY_OUT, role)
            yield Waiting(words=words, advice=advice, url=url, link=_("View"), grave=True)
        elif gateway.unopened:
            words = _("Nothing goes over gateway “%(name)s”: %(reason)s") % {
                "name": gateway.name, "reason": gateway.reason
            }  # fmt: skip
            url = reverse("admin:gateway", args=[gateway.name])
            advice = advice_for(Topic.GATEWAY_UNOPENED, role)
            yield Waiting(words=words, advice=advice, url=url, link=_("View"), grave=True)


def _webhooks(role: Role) -> Iterator[Waiting]:
    for each in troubled_endpoints():
        values = {"name": each.name, "since": moment(timezone.localtime(each.since))}
        if each.code:
            words = _("Webhook “%(name)s” was disabled on %(since)s because of its answers.") % values
            advice = advice_for(Topic.WEBHOOK_DISABLED, role)
        else:
            words = _("Webhook “%(name)s” has been failing since %(since)s.") % values
            advice = advice_for(Topic.WEBHOOK_FAILING, role)
        yield Waiting(words=words, advice=advice, url=reverse("admin:webhook", args=[each.id]), link=_("View"))


def _registration(role: Role) -> Iterator[Waiting]:
    if strangers_may_send():
        words = _("Anyone who can open this page can register and send messages to all clients.")
        advice = advice_for(Topic.OPEN_REGISTRATION, role)
        yield Waiting(words=words, advice=advice, url=reverse("admin:people"), link=_("Users"), grave=True)


def _report() -> Iterator[Waiting]:
    problem = reports_problem()
    if problem is not None:
        yield Waiting(words=problem, advice="", url=reverse("admin:reports"), link=_("Settings"))


def _named(mailing: Mailing) -> str:
    return _("Mailing “%(name)s”") % {"name": title_of(mailing)}


def _url(mailing: Mailing) -> str:
    return reverse("admin:mailing", args=[mailing.id])
