"""The pages on which mailings are written."""

from django.views import View

from vestnik.console.composing.edit import EditMailingPage
from vestnik.console.composing.live import CodesPart, CounterPart, EstimatePart, TagsPart
from vestnik.console.composing.new import NewMailingPage

ROUTES: list[tuple[str, type[View], str]] = [
    ("mailings/new", NewMailingPage, "mailing-new"),
    ("mailings/new/counter", CounterPart, "mailing-counter"),
    ("mailings/new/estimate", EstimatePart, "mailing-estimate"),
    ("mailings/new/tags", TagsPart, "mailing-tags"),
    ("mailings/new/codes", CodesPart, "mailing-codes"),
    ("mailings/<id:pk>/edit", EditMailingPage, "mailing-edit"),
]
