"""Texts that were sent to a person are read by operators and administrators, whatever door shows them."""

from typing import Any

import pytest

from harness.cast import as_user, browser_of, person
from tests.api.all_doors import SENT_TEXT, make_everything, open_doors, path_of
from vestnik.accounts.keys import create_key
from vestnik.models import Role, User

pytestmark = pytest.mark.django_db
#: What each way in that shows a sent text to operators does for viewers. ``null``: it has none in its place. ``said``:
#: a sentence stands there. ``refused``: 403. Every other door that is open to viewers shows no sent text to anybody.
DOORS = {
    ("rest", "messages/<id:pk>"): "null",
    ("rest", "sender/notifications/<id:pk>/messages?text=true"): "refused",
    ("rest", "sender/notifications/<id:pk>/statistics?text=true"): "refused",
    ("page", "messages/<id:pk>"): "said",
}
SAID = "Your account may not read the texts of messages."


@pytest.fixture
def ids() -> dict[str, int]:
    return make_everything(person("victor", Role.VIEWER))


def answer_of(user: User, kind: str, route: str, ids: dict[str, int], **more: Any) -> Any:
    client, start = (as_user(user), "/") if kind == "rest" else (browser_of(user), "/console/")
    return client.get(start + path_of(route, ids), **more)


def body_of(answer: Any) -> str:
    return (answer.getvalue() if answer.streaming else answer.content).decode()


def test_every_door_that_shows_a_sent_text_is_here_and_shows_none_to_viewers(ids: dict[str, int]) -> None:
    viewer, operator = User.objects.get(username="victor"), User.objects.get(username="olga")
    showing = set()
    for kind, route in open_doors():
        for door in (route, f"{route}?text=true"):
            if SENT_TEXT in body_of(answer_of(operator, kind, door, ids)) and (kind, route) not in showing:
                showing.add((kind, door))
            assert SENT_TEXT not in body_of(answer_of(viewer, kind, door, ids)), door
    assert showing == set(DOORS), "say in this table what viewers get there"


@pytest.mark.parametrize(("door", "what"), DOORS.items())
def test_a_viewer_is_told_so(door: tuple[str, str], what: str, ids: dict[str, int]) -> None:
    answer = answer_of(User.objects.get(username="victor"), *door, ids)
    assert answer.status_code == (403 if what == "refused" else 200)
    if what == "null":
        assert answer.json()["text"] is None
    else:
        assert SAID in body_of(answer)


def test_the_part_of_the_page_that_moves_shows_none_either(ids: dict[str, int]) -> None:
    route = "messages/<id:pk>"
    for name, shown in (("victor", False), ("olga", True)):
        user = User.objects.get(username=name)
        part = body_of(answer_of(user, "page", route, ids, headers={"HX-Request": "true"}))
        assert (SENT_TEXT in part, SAID in part) == (shown, not shown)


def test_a_key_reads_what_its_role_reads(ids: dict[str, int], client: Any) -> None:
    olga = User.objects.get(username="olga")
    for role, text in ((Role.VIEWER, None), (Role.OPERATOR, SENT_TEXT)):
        _row, key = create_key(owner=olga, name="x", role=role, expires_at=None)
        answer = client.get(f"/messages/{ids['messages']}", headers={"Authorization": f"Bearer {key}"})
        assert answer.json()["text"] == text
