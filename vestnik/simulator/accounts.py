"""How a gateway of each kind is set up at a simulator: the settings that one would copy from a provider's cabinet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: Characters of a bind's password, at most (SMPP 3.4, 4.1.1): the simulator takes the first ones of its secret.
MAX_SMPP_PASSWORD = 8
#: What signs SMSC.ru's receipts; other providers sign with the password of the account.
SECRET_WORD = "vestnik-receipts"  # noqa: S105 - of a simulator


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account at a simulator.

    - ``url``: its base address. ``smpp_port``: where it speaks SMPP, on this machine; 0: nowhere.
    - ``secret``: the simulator's, which is the password of every account.
    """

    url: str
    smpp_port: int
    secret: str


def settings_for(kind: str, account: Account) -> dict[str, Any]:
    """Settings and secrets of a gateway of this kind. Raises KeyError: the simulator does not speak it."""
    return _SETTINGS[kind](account)


def receipts_plan(kind: str, receipts_url: str | None) -> dict[str, str]:
    """Where a simulator posts receipts of this kind, and what signs them: fields of a receipt plan.

    Twilio's requests name the address themselves. SMPP's receipts come over the session, and Exolve is asked.
    """
    if kind == "smsc":
        return {"url": f"{receipts_url}?charset=utf-8&sha1", "secret": SECRET_WORD}
    return {"url": receipts_url or ""} if kind in {"smsru", "http"} else {}


def _probe(account: Account) -> dict[str, Any]:
    # Loaded only where a token is made: the command line's help needs the names of the kinds alone.
    from vestnik.simulator.token import make_token  # noqa: PLC0415

    return {"url": account.url, "token": make_token(account.secret)}


def _smsc(account: Account) -> dict[str, Any]:
    return {"url": f"{account.url}/smsc", "apikey": account.secret, "callback_secret": SECRET_WORD}


def _smsru(account: Account) -> dict[str, Any]:
    return {"url": f"{account.url}/smsru", "api_id": account.secret}


def _exolve(account: Account) -> dict[str, Any]:
    url = f"{account.url}/exolve"
    return {"url": url, "api_key": account.secret, "sender": "VESTNIK", "delivered": "3", "undelivered": "4"}


def _twilio(account: Account) -> dict[str, Any]:
    url = f"{account.url}/twilio"
    return {"url": url, "account_sid": f"AC{0:032x}", "auth_token": account.secret, "sender": "+15005550006"}


def _http(account: Account) -> dict[str, Any]:
    """SMSC.ru's protocol, as somebody would write it down who has only its documentation."""
    return {
        "url": f"{account.url}/smsc/sys/send.php", "format": "form", "secret": account.secret,
        "body": "apikey={{secret}}&phones={{phone_plus}}&mes={{text}}&fmt=3&charset=utf-8",
        "success_at": "/cnt", "id_at": "/id", "code_at": "/error_code", "words_at": "/error",
        "account_codes": "2, 3", "throttled_codes": "9, http_429", "refused_codes": "7, 8",
        "check_url": f"{account.url}/smsc/sys/balance.php?apikey={{{{secret}}}}&fmt=3", "balance_at": "/balance",
        "receipt_id_at": "id", "receipt_status_at": "status", "receipt_code_at": "err",
        "receipt_delivered": "1", "receipt_undelivered": "20", "receipt_on_its_way": "0",
    }  # fmt: skip


def _smpp(account: Account) -> dict[str, Any]:
    password = account.secret[:MAX_SMPP_PASSWORD]
    where = {"host": "127.0.0.1", "port": account.smpp_port}
    return {**where, "system_id": "vestnik", "password": password, "sender": "Vestnik"}


_SETTINGS: Mapping[str, Callable[[Account], dict[str, Any]]] = {
    "probe": _probe, "smsc": _smsc, "smsru": _smsru, "exolve": _exolve, "twilio": _twilio, "http": _http, "smpp": _smpp,
}  # fmt: skip
#: The kinds whose providers a simulator plays whole, with receipts: Probe has none.
PROVIDERS = tuple(kind for kind in _SETTINGS if kind != "probe")
