"""The first administrator is made once, and its password is told once."""

import pytest

from harness.cast import PASSWORD
from vestnik.accounts.administrators import create_administrator, ensure_first_administrator
from vestnik.accounts.logins import find_account
from vestnik.errors import InvalidInput
from vestnik.models import AuditEntry, Role, User

pytestmark = pytest.mark.django_db


def test_the_first_start_makes_an_administrator_with_a_password_that_works():
    password = ensure_first_administrator()
    assert password is not None
    admin = find_account(username="admin", password=password)
    assert admin is not None
    assert admin.role == Role.ADMINISTRATOR
    assert AuditEntry.objects.filter(action="account.create", object_id=admin.id).exists()


def test_the_second_start_makes_none_and_tells_nothing():
    ensure_first_administrator()
    assert ensure_first_administrator() is None
    assert User.objects.filter(role=Role.ADMINISTRATOR).count() == 1


def test_a_password_of_the_settings_is_used_and_not_told():
    assert ensure_first_administrator(email="Boss@example.org", password=PASSWORD) is None
    assert find_account(email="boss@EXAMPLE.org", password=PASSWORD) is not None


def test_a_weak_password_of_the_settings_is_refused():
    with pytest.raises(InvalidInput):
        ensure_first_administrator(password="12345")
    assert not User.objects.exists()


def test_somebody_who_took_the_name_admin_is_not_made_administrator():
    User.objects.create(username="Admin", role=Role.OPERATOR)  # by an earlier release, which let him
    password = ensure_first_administrator()
    assert User.objects.get(username="Admin").role == Role.OPERATOR
    assert find_account(username="admin2", password=password or "") is not None


def test_names_and_mails_are_unique_without_regard_to_case():
    create_administrator(username="olga", email="olga@example.org", password=PASSWORD)
    for name, email, field in (("OLGA", "", "username"), ("other", "OLGA@example.org", "email")):
        with pytest.raises(InvalidInput) as refusal:
            create_administrator(username=name, email=email, password=PASSWORD)
        assert list(refusal.value.fields) == [field]


def test_passwords_are_stored_as_argon2_hashes():
    assert create_administrator(username="olga", email="", password=PASSWORD).password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("name", ["system", "Vestnik", "аdmin", "sуstem", "0lga"])
def test_the_command_line_makes_no_administrator_who_passes_for_another(name: str):
    create_administrator(username="Olga", email="", password=PASSWORD)
    with pytest.raises(InvalidInput) as refused:
        create_administrator(username=name, email="", password=PASSWORD)
    assert list(refused.value.fields) == ["username"]
    assert User.objects.count() == 1
