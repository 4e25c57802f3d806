"""After a change of SECRET_KEY one command makes the earlier key needless."""

from typing import Any

import pytest

from vestnik.encryption import decrypt
from vestnik.errors import WrongKey
from vestnik.models import AuditEntry, Gateway
from vestnik.routing.edits import create_gateway
from vestnik.routing.reencryption import Reencrypted, earlier_key_needed, reencrypt_secrets
from vestnik.routing.values import GatewayFields

pytestmark = pytest.mark.django_db

OLD, NEW, LOST = "old-" * 10, "new-" * 10, "lost-" * 10
URL = {"url": "http://127.0.0.1:9"}


def add(name: str, token: str) -> Gateway:
    return create_gateway(fields=GatewayFields(name=name, kind="probe", settings={**URL, "token": token}), actor=None)


def test_secrets_of_the_earlier_key_are_encrypted_with_the_new_one(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = LOST, ()
    lost = add("lost", "of-a-key-that-is-gone")
    settings.SECRET_KEY = OLD
    old = add("old", "of-the-earlier-key")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, (OLD,)
    add("new", "of-the-new-key")
    before = {row.name: (row.version, row.enabled, row.settings) for row in Gateway.objects.all()}

    assert earlier_key_needed() == ("old",)
    assert reencrypt_secrets(actor=None) == Reencrypted(done=("old",), unreadable=("lost",), current=1)
    assert reencrypt_secrets(actor=None) == Reencrypted(done=(), unreadable=("lost",), current=2)
    assert earlier_key_needed() == ()
    assert AuditEntry.objects.filter(action="gateway.reencrypt").count() == 1
    assert {row.name: (row.version, row.enabled, row.settings) for row in Gateway.objects.all()} == before

    settings.SECRET_KEY_FALLBACKS = ()
    assert decrypt(Gateway.objects.get(id=old.id).secrets) == {"token": "of-the-earlier-key"}
    with pytest.raises(WrongKey):
        decrypt(Gateway.objects.get(id=lost.id).secrets)
