"""The table of pages, and the paths below ``/console/``.

Names are used as ``admin:NAME``, since Unfold's templates know the site as ``admin``.
"""

from django.urls import URLPattern, path
from django.views import View

import vestnik.web.ids  # noqa: F401 - `<id:pk>` in a path
from vestnik.console.clients.routes import ROUTES as CLIENTS
from vestnik.console.composing.routes import ROUTES as COMPOSING
from vestnik.console.home import HomePage, NowPart
from vestnik.console.mailings.routes import ROUTES as MAILINGS
from vestnik.console.people.routes import ROUTES as PEOPLE
from vestnik.console.site import site

app_name = site.name

#: Route below ``/console/``, page, name. Composing comes first: ``mailings/new`` is no mailing's id.
ROUTES: list[tuple[str, type[View], str]] = [
    ("", HomePage, "index"),
    ("now", NowPart, "now"),
    *CLIENTS,
    *COMPOSING,
    *MAILINGS,
    *PEOPLE,
]

#: Login, logout and our pages: nothing else of Django's or Unfold's. Theirs (`password_change/`, `search/`,
#: `autocomplete/`, `jsi18n/`, `r/`) would go around the services, their limits and the audit.
urlpatterns: list[URLPattern] = [
    path("login/", site.login, name="login"),
    path("logout/", site.admin_view(site.logout), name="logout"),
    *(path(route, site.admin_view(page.as_view()), name=name) for route, page, name in ROUTES),
    # A page that is not there is a page, and a stranger is asked to log in first.
    path("<path:url>", site.admin_view(site.catch_all_view)),
]
