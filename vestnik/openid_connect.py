"""The settings of a login through an OpenID Connect provider. Part of :mod:`vestnik.environment`."""

from collections.abc import Mapping
from dataclasses import dataclass

from vestnik.errors import SettingError

ROLES = ("viewer", "operator", "administrator")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdConnect:
    """Who vouches for people in the console.

    ``role``: of an account that is made at a first login, and of everybody whose groups give no other.
    ``group_roles``: group and role; where there are any, each login gives the account the highest role of its groups.
    ``groups_claim``: where the provider says the groups; ``a.b`` is ``b`` within ``a``.
    """

    issuer: str
    client_id: str
    client_secret: str
    role: str
    name: str
    scope: tuple[str, ...] = ("openid", "profile", "email")
    groups_claim: str = "groups"
    group_roles: tuple[tuple[str, str], ...] = ()


def read_scope(env: Mapping[str, str]) -> tuple[str, ...]:
    """What the provider is asked for, from OIDC_SCOPE.

    Raises:
        SettingError: it asks for no login.
    """
    scope = tuple((env.get("OIDC_SCOPE") or "openid profile email").split())
    if "openid" not in scope:
        raise SettingError("OIDC_SCOPE", "must contain openid. Example: openid profile email groups.")
    return scope


def read_group_roles(env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Groups and their roles, from OIDC_GROUP_ROLES.

    Raises:
        SettingError: it is not written as such.
    """
    found = []
    for each in filter(None, (one.strip() for one in env.get("OIDC_GROUP_ROLES", "").split(","))):
        group, _, role = each.rpartition("=")
        if not group or role not in ROLES:
            raise SettingError("OIDC_GROUP_ROLES", f"says {each!r}. Example: senders=operator,chiefs=administrator.")
        found.append((group.strip(), role))
    return tuple(found)
