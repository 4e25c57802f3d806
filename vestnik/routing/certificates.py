"""What to tell people of a gateway's certificates: which end soon or do not hold, and which nobody looks at."""

from datetime import date
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from vestnik.gateways.certificates import BadPem, expiry_warnings
from vestnik.gateways.words import translated
from vestnik.models import DEFAULT_GATEWAY, Gateway


def certificate_warnings(gateway: Gateway) -> tuple[str, ...]:
    """In the reader's language. For ``default``, the files that the environment names are read."""
    if gateway.id == DEFAULT_GATEWAY:
        environment = settings.ENVIRONMENT
        return _expiry(_text_of(environment.gateway_certificate), _text_of(environment.gateway_ca_file))
    own, trusted = (str(gateway.settings.get(name) or "") for name in ("client_certificate", "ca_certificates"))
    found = _expiry(own, trusted)
    if (own or trusted) and not _speaks_tls(gateway):
        return (*found, _("Its certificates are not used: the connection is without TLS."))
    return found


def _speaks_tls(gateway: Gateway) -> bool:
    """By the address of its settings; a kind without one in them has its usual address, which is HTTPS."""
    if gateway.kind == "smpp":
        return bool(gateway.settings.get("tls"))
    return not str(gateway.settings.get("url") or "").lower().startswith("http:")


def _expiry(own: str, trusted: str) -> tuple[str, ...]:
    try:
        found = expiry_warnings(own=own, trusted=trusted, now=timezone.now())
    except BadPem as error:
        found = [error.said]
    return tuple(translated(each, _, day=_day) for each in found)


def _day(value: date) -> str:
    return date_format(value, "j E Y")


def _text_of(path: str | None) -> str:
    """What a file says. It could be read when the process started; of one that cannot any more, the log tells."""
    try:
        return Path(path).read_text(errors="replace") if path else ""
    except OSError:
        return ""
