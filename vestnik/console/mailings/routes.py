"""The pages of this part."""

from django.views import View

from vestnik.console.mailings.acting import ActionPage, DeletePage
from vestnik.console.mailings.download import DownloadPage
from vestnik.console.mailings.listing import MailingsPage
from vestnik.console.mailings.messages import MessagesPage
from vestnik.console.mailings.one import LivePart, MailingPage, OutcomesPart

ROUTES: list[tuple[str, type[View], str]] = [
    ("mailings", MailingsPage, "mailings"),
    ("mailings/<id:pk>", MailingPage, "mailing"),
    ("mailings/<id:pk>/live", LivePart, "mailing-live"),
    ("mailings/<id:pk>/outcomes", OutcomesPart, "mailing-outcomes"),
    ("mailings/<id:pk>/act", ActionPage, "mailing-act"),
    ("mailings/<id:pk>/delete", DeletePage, "mailing-delete"),
    ("mailings/<id:pk>/messages", MessagesPage, "mailing-messages"),
    ("mailings/<id:pk>/results.csv", DownloadPage, "mailing-export"),
]
