"""Which names an account may have, so that nobody can pose as somebody else, an administrator or Vestnik itself.

After Unicode Technical Standard 39: a name is of one script ("highly restrictive", 5.2), and looks like no other name
(its "skeleton", 4). Names from before this rule stay, and work.
"""

import string

from disarm import detect_scripts, skeleton_key
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from vestnik.db.locks import Lock, lock
from vestnik.models import Role, User

MAX_LENGTH = 150
#: Names of Vestnik and its parts, and names that mean nobody.
_NOBODYS = "system vestnik root daemon anonymous nobody none null undefined"
#: Names that suggest an administrator: only administrators may have them.
_ADMINISTRATORS = "admin administrator administrators admins administration sysadmin superuser superadmin moderator"
_NOBODYS_RU = "система вестник аноним никто"
_ADMINISTRATORS_RU = "админ администратор администрация модератор"
#: Scripts that are written together (UTS 39, 5.2, highly restrictive), and those that every script has.
_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
_EVERYWHERE = {"COMMON", "INHERITED"}
#: Accounts whose key is computed in one statement's time; those of an earlier release have none.
_CHUNK = 1_000


def key_of(name: str) -> str:
    """A key of what a name looks like: names that look alike have the same key."""
    return skeleton_key(name, digit_policy="tr39")[:600]


def _loose(name: str) -> str:
    """Names that are like a reserved one: case, ``i`` for ``l``, and digits before and behind mean nothing."""
    return key_of(name.strip(string.digits + "._@+-").casefold()).replace("i", "l")


_RESERVED = {
    **dict.fromkeys(map(_loose, f"{_ADMINISTRATORS} {_ADMINISTRATORS_RU}".split()), "administrators"),
    **dict.fromkeys(map(_loose, f"{_NOBODYS} {_NOBODYS_RU}".split()), "nobody's"),
}


def name_problems(name: str, *, role: Role) -> list[str]:
    """The problems of a new name by itself; empty if there are none.

    Args:
        name: in NFKC.
        role: of the account: administrators may be called ``admin``.
    """
    if not 1 <= len(name) <= MAX_LENGTH:
        return [_("Give 1 to 150 characters.")]
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError as error:
        return list(error.messages)
    if not _is_of_one_script(name):
        return [_("Write the name in letters of one alphabet.")]
    reserved = _RESERVED.get(_loose(name))
    if reserved is None or (reserved == "administrators" and role == Role.ADMINISTRATOR and name.isascii()):
        return []
    return [_("This name is reserved: choose another one.")]


def _is_of_one_script(name: str) -> bool:
    scripts = {script.name for script in detect_scripts(name)} - _EVERYWHERE
    return len(scripts) <= 1 or any(scripts <= together for together in _TOGETHER)


def lock_names() -> None:
    """Lock names until the transaction ends: if two accounts take similar names at once, the second sees the first."""
    lock(connection, Lock.NAMES)


def looks_like_another(name: str, *, but: User | None = None) -> bool:
    """Return whether another account's name looks like this one, or its e-mail address is this name.

    Args:
        name: the new one; :func:`lock_names` was called before.
        but: whose name it will be.
    """
    _fill_in_keys()
    others = User.objects.exclude(pk=but.pk) if but is not None and but.pk else User.objects.all()
    taken = Q(name_key=key_of(name))
    return others.filter(taken | Q(email__iexact=name) if "@" in name else taken).exists()


def _fill_in_keys() -> None:
    """Accounts of an earlier release have no key yet: they get one when the first name is asked about."""
    while rows := list(User.objects.filter(name_key=None).only("id", "username")[:_CHUNK]):
        for row in rows:
            row.name_key = key_of(row.username)
        User.objects.bulk_update(rows, ["name_key"])
