"""Nobody takes a name that passes for somebody else's, for an administrator's or for Vestnik's own."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cast import PASSWORD
from vestnik.accounts.names import key_of, name_problems
from vestnik.accounts.outside import Vouched, make_account
from vestnik.accounts.registration import change_details, create_account
from vestnik.errors import InvalidInput
from vestnik.models import Role, User

#: Latin letters, and Cyrillic ones that look the same.
ALIKE = str.maketrans("aceopxyis", "асеорхуіѕ")

pytestmark = pytest.mark.django_db


def make(name: str, role: Role = Role.OPERATOR) -> User:
    return create_account(username=name, email="", password=PASSWORD, role=role)


def refused(name: str) -> str:
    with pytest.raises(InvalidInput) as refusal:
        make(name)
    assert list(refusal.value.fields) == ["username"]
    return " ".join(map(str, refusal.value.fields["username"]))


@pytest.mark.parametrize(
    "name", ["anna", "anna.petrova", "Ольга", "ольга-2", "ёлка", "Ἀθηνᾶ", "山田たろう", "o'neil".replace("'", ".")]
)
def test_ordinary_names_of_any_alphabet_are_taken(name: str) -> None:
    assert make(name).username == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    "name",
    [
        "system", "System", "SYSTEM", "system1", "_system_", "sуstem", "ѕуѕтем", "vestnik", "Vestnik.", "root",
        "r00t", "nobody", "anonymous", "система", "Вестник", "ｓｙｓｔｅｍ", "𝐬𝐲𝐬𝐭𝐞𝐦", "admin", "Admin", "ADMIN2",
        "adm1n", "admln", "administrator",
        "sysadmin", "админ", "Администратор", "аdmin", "admіn",
    ],
)  # fmt: skip
def test_names_of_vestnik_and_of_administrators_are_reserved(name: str) -> None:
    assert refused(name)


@pytest.mark.parametrize("name", ["аnnа", "olgа", "Иvan", "paypаl", "ивaн", "Ιvan", "annα"])
def test_a_name_of_two_alphabets_is_refused(name: str) -> None:
    assert refused(name) == "Write the name in letters of one alphabet."


@pytest.mark.parametrize(
    ("first", "second"), [("acexy", "асеху"), ("anna1", "annal"), ("ivan", "IVAN"), ("bob0", "bobO")]
)
def test_a_name_that_looks_like_anothers_is_taken(first: str, second: str) -> None:
    make(first)
    assert refused(second) == "An account with this name exists already."


def test_a_name_that_is_anothers_e_mail_is_taken() -> None:
    create_account(username="olga", email="olga@example.org", password=PASSWORD, role=Role.OPERATOR)
    assert refused("Olga@example.org") == "An account with this name exists already."


@given(st.text(st.sampled_from("aceopxyis"), min_size=2, max_size=12), st.integers(0, 2**12))
def test_no_spelling_in_look_alikes_has_another_key(name: str, which: int) -> None:
    mixed = "".join(char.translate(ALIKE) if which >> place & 1 else char for place, char in enumerate(name))
    assert key_of(mixed) == key_of(name)
    if mixed != name and mixed != name.translate(ALIKE):
        assert name_problems(mixed, role=Role.OPERATOR)


def test_administrators_may_be_called_so_in_plain_letters_and_never_as_the_system() -> None:
    assert make("admin", Role.ADMINISTRATOR).username == "admin"
    assert name_problems("аdmin", role=Role.ADMINISTRATOR)
    assert name_problems("system", role=Role.ADMINISTRATOR)


def test_names_from_before_the_rule_stay_and_work_but_no_other_is_changed_to_one() -> None:
    old = User.objects.create(username="system", role=Role.OPERATOR)
    assert change_details(user=old, details={"username": "system", "first_name": "S"}).first_name == "S"
    olga = make("olga")
    for name in ("system", "аdmin", "Admin"):
        with pytest.raises(InvalidInput):
            change_details(user=olga, details={"username": name})
    User.objects.create(username="ѕcорe")
    assert refused("scope") == "An account with this name exists already.", "accounts without a key are looked at, too"


@pytest.mark.parametrize("said", ["system", "аdmin", "Admin", "Иvan", "", "root1"])
def test_the_login_service_gives_nobody_such_a_name(said: str) -> None:
    made = make_account(Vouched(name=said, email="vera@office.example"), role=Role.OPERATOR)
    assert made.username == "vera"
    assert make_account(Vouched(name=said, email=""), role=Role.OPERATOR).username == "user"


def test_somebody_called_system_is_not_shown_as_vestnik_itself() -> None:
    from vestnik.accounts.audit import record
    from vestnik.console.tags import who

    somebody = User.objects.create(username="system")
    shown = [
        who(record(actor=actor, action="mailing.pause", object_type="mailing", object_id=1, details={}))
        for actor in (somebody, None)
    ]
    assert shown == ["system", "System"]
