"""Shows the request that an adapter would write for a sample message, without secrets. Nothing is sent. Pure."""

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import HttpAdapter
from vestnik.gateways.masking import MASK


def dry_run(adapter: HttpAdapter, *, message_id: int, phone: int, text: str, expires_at: float) -> str:
    """The whole request as it would leave, head and body, with secrets masked.

    The masked adapter writes it, so that no secret shows in whatever form the protocol gives it (percent-encoded, in
    Base64, hashed). ``Content-Length`` is that of the masked body.

    Args:
        adapter: with the settings that are looked at.
        message_id: of the sample.
        phone: eleven digits.
        text: 1 to 2,000 characters.
        expires_at: unix seconds.
    """
    secrets = [field.name for field in adapter.fields if field.is_secret]
    masked = {name: MASK for name in secrets if adapter.settings.get(name)}
    try:
        shown = type(adapter)({**adapter.settings, **masked})
    except InvalidInput:
        # A kind that knows how its secrets look takes one of the same look: as many letters.
        shown = type(adapter)({**adapter.settings, **{name: _alike(str(adapter.settings[name])) for name in masked}})
    request = shown.compose(text, expires_at=expires_at)(message_id, phone)
    return request.encode(shown.authority).decode(errors="replace")


def _alike(secret: str) -> str:
    return "".join("0" if char.isdigit() else "x" if char.isalpha() else char for char in secret)
