"""Finds gateways, and says what each is and does just now."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.encryption import decrypt
from vestnik.errors import NotFound, WrongKey
from vestnik.gateways.adapters import repeats_safely
from vestnik.gateways.adapters.kinds import why_not_delivered
from vestnik.gateways.states import State
from vestnik.gateways.words import translated
from vestnik.ledger.outside import is_simulator
from vestnik.models import DEFAULT_GATEWAY, Breaker, Gateway, GatewayState
from vestnik.routing.certificates import certificate_warnings
from vestnik.routing.receipts_address import address_warning
from vestnik.routing.values import secret_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A gateway as people and programs see it: no secret, and ``default`` as the environment has it.

    - ``secrets``: the names of those that are set. ``max_rate``: messages a second; None: no limit.
    - ``from_environment``: the environment sets it. ``simulator``: it is the built-in one, so nothing is delivered.
    - ``in_test``: its settings say that the provider delivers nothing.
    - ``idempotent``: messages in doubt are sent again. Somebody may have said so of one that cannot recognise them.
    - ``unopened``: no worker can open it, so nothing goes over it until somebody mends that.
    - ``reason``, ``since``: of its state, empty and None where there is none. ``until``: it asks us to wait so long.
    - ``warnings``: for people, those of its certificates (``certificate_warnings``) among them.
    """

    row: Gateway
    settings: dict[str, Any]
    secrets: tuple[str, ...]
    concurrency: int
    max_rate: int | None
    timeout: float
    idempotent: bool
    from_environment: bool
    simulator: bool
    state: State
    reason: str
    since: datetime | None
    until: datetime | None = None
    breaker_open: bool = False
    unopened: bool = False
    in_test: bool = False
    warnings: tuple[str, ...] = ()
    certificate_warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return self.row.name

    @property
    def attention(self) -> tuple[str, ...]:
        """The warnings about which somebody has to do something while messages go over it."""
        if self.from_environment:
            return self.certificate_warnings
        return self.warnings if self.row.enabled else ()

    @property
    def takes_messages(self) -> bool:
        """Whether it takes new batches now: it is enabled, not out, and its breaker is closed."""
        return self.state in (State.WORKING, State.WAITING) and not self.breaker_open


def find_gateways() -> QuerySet[Gateway]:
    """The gateways that were not removed, in the order in which they were made: ``default`` is the first."""
    return Gateway.objects.filter(removed_at=None).select_related("created_by").order_by("id")


def shown_gateways() -> list[Shown]:
    """All gateways that were not removed."""
    rows = list(find_gateways())
    states = GatewayState.objects.in_bulk([row.id for row in rows])
    return [_shown(row, states.get(row.id)) for row in rows]


def show(row: Gateway) -> Shown:
    """One gateway with its present state."""
    return _shown(row, GatewayState.objects.filter(id=row.id).first())


def get_gateway(*, name: str) -> Gateway:
    """The gateway with this name.

    Raises:
        NotFound: there is none, or it was removed.
    """
    return _found(find_gateways().filter(name=name).first())


def lock_gateway(*, name: str) -> Gateway:
    """The gateway with this name, locked until the transaction ends.

    Raises:
        NotFound: there is none, or it was removed.
    """
    locked = Gateway.objects.select_for_update(no_key=True).filter(removed_at=None, name=name)
    return _found(locked.first())


def _found(gateway: Gateway | None) -> Gateway:
    if gateway is None:
        raise NotFound(_("There is no gateway with this name."))
    return gateway


def _shown(row: Gateway, state: GatewayState | None) -> Shown:
    now, reason, since = _state(row, state)
    until = state.asked_until if state is not None and now is State.WAITING else None
    is_open = state is not None and state.breaker == Breaker.OPEN
    if row.id == DEFAULT_GATEWAY:
        return replace(_default(row, now, reason, since), until=until, breaker_open=is_open)
    secrets, warnings = _secrets(row)
    simulator = is_simulator(row, settings.ENVIRONMENT)
    in_test = why_not_delivered(row.kind, row.settings)
    if in_test:
        warnings.append(translated(in_test, _))
    if of_address := address_warning(row):
        warnings.append(of_address)
    of_certificates = certificate_warnings(row)
    repeats = repeats_safely(row.kind, row.settings, marked=row.idempotent)
    if row.idempotent and not repeats:
        warnings.append(
            _(
                "It is marked as one that recognises repeated messages, but never gets the message's ID. Messages in"
                " doubt become “unknown” and are not sent again. Put {{id}} into the address, the headers or the body,"
                " or remove the mark."
            )
        )
    if row.enabled or (row.checked_at and row.tested_at):
        todo = []
    else:
        todo = [_("Before you enable it, check it and send a test message with its current settings.")]
    return Shown(
        row=row, settings=row.settings, secrets=secrets, concurrency=row.concurrency, max_rate=row.max_rate,
        timeout=row.timeout, idempotent=repeats, from_environment=False, simulator=simulator, state=now,
        reason=reason, since=since, until=until, breaker_open=is_open,
        unopened=row.enabled and state is not None and bool(state.unopened), in_test=bool(in_test),
        warnings=(*warnings, *of_certificates, *todo), certificate_warnings=of_certificates,
    )  # fmt: skip


def _default(row: Gateway, state: State, reason: str, since: datetime | None) -> Shown:
    environment = settings.ENVIRONMENT
    simulator = is_simulator(row, environment)
    of_simulator = (_("It is the built-in simulator: nothing is delivered."),) if simulator else ()
    of_certificates = certificate_warnings(row)
    return Shown(
        row=row, settings={"url": environment.gateway_url}, secrets=("token",) if environment.gateway_token else (),
        concurrency=environment.gateway_concurrency, max_rate=environment.gateway_max_rate,
        timeout=environment.gateway_timeout, idempotent=environment.gateway_idempotent, from_environment=True,
        simulator=simulator, state=state, reason=reason, since=since, warnings=(*of_simulator, *of_certificates),
        certificate_warnings=of_certificates,
    )  # fmt: skip


def _secrets(row: Gateway) -> tuple[tuple[str, ...], list[str]]:
    """The names of the secrets that are set, and what is wrong with them."""
    if not row.secrets:
        return (), []
    try:
        stored = decrypt(row.secrets)
    except WrongKey as error:
        return (), [str(error)]
    return tuple(name for name in secret_names(row.kind) if name in stored), []


def _state(row: Gateway, state: GatewayState | None) -> tuple[State, str, datetime | None]:
    if state is not None and state.out_at is not None:
        return State.OUT, " ".join(filter(None, (state.out_code, state.out_words))), state.out_at
    if not row.enabled:
        return State.DISABLED, "", None
    return _in_use(state) if state is not None else (State.WORKING, "", None)


def _in_use(state: GatewayState) -> tuple[State, str, datetime | None]:
    if state.unopened:
        return State.DOWN, _("no worker can open it: %(reason)s") % {"reason": state.unopened}, None
    if state.asked_until is not None and state.asked_until > timezone.now():
        return State.WAITING, "", state.asked_at
    if state.breaker == Breaker.OPEN:
        return State.DOWN, state.breaker_reason, state.breaker_changed_at
    return State.WORKING, "", state.breaker_changed_at
