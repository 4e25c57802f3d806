"""The one error of the transport: why a request has no answer."""


class TransportError(Exception):
    """A connection cannot go on.

    Args:
        code: ``dns``, ``connect``, ``proxy``, ``tls``, ``timeout``, ``reset`` or ``garbage``
            (:class:`vestnik.gateways.outcome.Outcome`).
        detail: one plain sentence.
        not_sent: the gateway cannot have taken the request, even if bytes of it were written.
    """

    def __init__(self, code: str, detail: str, *, not_sent: bool = False) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.not_sent = not_sent
