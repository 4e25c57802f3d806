"""Pauses mailings whose gateways are all out: nothing of them can be sent, and they would wait until they expire."""

import logging

from vestnik.db.connection import Connection
from vestnik.db.statements import Statements
from vestnik.ledger.fragments import RULES
from vestnik.mailings.pauses import MAX_DETAIL, pause_sentence
from vestnik.models import PauseCode

log = logging.getLogger(__name__)
SQL = Statements("vestnik.mailings", rules=RULES)
#: Answers that say that our account is refused, and not what was sent.
_REFUSED = frozenset(("http_401", "http_403"))


def pause_without_gateway(connection: Connection) -> list[int]:
    """Pause running mailings of which all gateways are out, also one that has just started or was resumed.

    Nothing of them could be sent, and nobody would see it before they end. Return their ids.
    """
    return [
        mailing
        for mailing, gateway, answer, words in SQL.run(connection, "without_gateway")
        if _pause(connection, mailing, gateway, answer, words)
    ]


def _pause(connection: Connection, mailing: int, gateway: int, answer: str, words: str) -> bool:
    code = PauseCode.REFUSED if answer in _REFUSED else PauseCode.GATEWAY_BRAKE
    detail = "" if code is PauseCode.REFUSED else words[:MAX_DETAIL]
    reason = pause_sentence(code, answer, detail)
    values = {"mailing": mailing, "gateway": gateway, "code": code, "answer": answer, "detail": detail}
    paused = bool(SQL.run(connection, "pause_without_gateway", reason=reason, **values))
    if paused:
        log.error("the mailing is paused, its gateways are suspended: %s", reason, extra={"mailing": mailing})
    return paused
