"""The pages of this part."""

from django.views import View

from vestnik.console.people.account import AccountPage
from vestnik.console.people.api_keys import ApiKeysPage
from vestnik.console.people.audit import AuditPage
from vestnik.console.people.gateway import GatewayPage
from vestnik.console.people.persons import PeoplePage, PersonPage

ROUTES: list[tuple[str, type[View], str]] = [
    ("account", AccountPage, "account"),
    ("people", PeoplePage, "people"),
    ("people/<id:pk>", PersonPage, "person"),
    ("api-keys", ApiKeysPage, "api-keys"),
    ("gateway", GatewayPage, "gateway"),
    ("audit", AuditPage, "audit"),
]
