"""The pages of a login through the provider: start, callback, and the question for a password."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from requests import RequestException

from vestnik.console.problems import problem_page
from vestnik.console.sso.consent import ConsentPage
from vestnik.errors import Refused

log = logging.getLogger(__name__)


def _reached(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a view so that it shows an error page if the provider is unreachable or its answer is invalid."""

    @require_GET
    def page(request: HttpRequest, provider_id: str) -> HttpResponse:
        # allauth builds the callback address from the Host header. So set our own host, because a client or proxy may
        # have sent another.
        request.META["HTTP_HOST"] = urlsplit(settings.ENVIRONMENT.public_url).netloc
        try:
            return view(request, provider_id)
        except (RequestException, ValueError, KeyError) as error:
            log.warning("the OpenID Connect provider cannot be used: %s", type(error).__name__)
            sentence = _("The login service does not answer: try again later, or log in with a password.")
            return problem_page(request, Refused(sentence))

    return page


#: allauth requires these names. It looks for the id in the ledger, which cannot read every text: a slug it can.
urlpatterns: list[URLPattern] = [
    path("console/oidc/sso/consent", ConsentPage.as_view(), name="openid_connect_consent"),
    path("console/oidc/<slug:provider_id>/login", _reached(views.login), name="openid_connect_login"),
    path("console/oidc/<slug:provider_id>/callback", _reached(views.callback), name="openid_connect_callback"),
]
