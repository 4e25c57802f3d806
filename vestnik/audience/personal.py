"""Texts of a personal mailing, one for each client: rendered and counted where its audience is built."""

from collections.abc import Sequence

from vestnik.ledger.personal import OwnText
from vestnik.mailings.sms import parts_of
from vestnik.texts.render import renderer_of


class PersonalText:
    """Makes the texts of one mailing (:class:`vestnik.ledger.personal.Personal`).

    Args:
        text: of the mailing, checked when it was entered.
        locale: of the mailing.
    """

    def __init__(self, text: str, locale: str) -> None:
        self._renderer = renderer_of(text, locale)
        self.names: Sequence[str] = self._renderer.names

    def own_text(self, values: Sequence[str | None]) -> OwnText:
        """The text of one client; the values come in the order of the names."""
        rendered = self._renderer.render(values)
        if rendered.text is None:
            return OwnText(rendered.frozen, 0, str(rendered.refusal), rendered.detail)
        return OwnText(rendered.frozen, parts_of(rendered.text))
