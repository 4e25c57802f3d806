"""The table of pages. Names are used as ``admin:NAME``, since Unfold's templates know the site as ``admin``."""

from django.views import View

from vestnik.console.clients.routes import ROUTES as CLIENTS
from vestnik.console.composing.routes import ROUTES as COMPOSING
from vestnik.console.home import HomePage, NowPart
from vestnik.console.mailings.routes import ROUTES as MAILINGS
from vestnik.console.people.routes import ROUTES as PEOPLE

#: Route below ``/console/``, page, name. Composing comes first: ``mailings/new`` is no mailing's id.
ROUTES: list[tuple[str, type[View], str]] = [
    ("", HomePage, "index"),
    ("now", NowPart, "now"),
    *CLIENTS,
    *COMPOSING,
    *MAILINGS,
    *PEOPLE,
]
