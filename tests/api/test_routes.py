"""Guards over the whole URL table: who gets in, both slash forms, and one shape of errors."""

from typing import Any

import pytest
from django.urls import get_resolver
from rest_framework.test import APIClient

#: What the contract leaves open: login, registration, token refresh, docs, schema and health.
OPEN = {
    "auth/registration",
    "auth/login",
    "auth/token/refresh",
    "auth/token/verify",
    "docs",
    "redoc",
    "schema",
    "health/live",
    "health/ready",
    "metrics",
    # The address that a provider calls holds the secret: tests/receipts/test_callbacks.py.
    "gateways/<gateway:name>/receipts/<str:secret>",
}
METHODS = ("get", "post", "put", "patch", "delete")
#: POST and friends that change nothing of the domain: one's own account and keys, and a question.
VIEWERS_MAY = {
    "auth/logout", "auth/user", "auth/password/change", "auth/keys/<id:pk>", "sender/notifications/preview",
}  # fmt: skip


#: Settings name logins and addresses of providers and of other systems: nobody but administrators reads them.
ADMINISTRATORS_READ = ("gateway", "routes", "webhooks")


def routes() -> list[str]:
    """All routes but those of the console and what leads there: the console has guards of its own."""
    all_routes = [str(pattern.pattern) for pattern in get_resolver().url_patterns]
    return [route for route in all_routes if route and not route.startswith(("console", "admin"))]


def guarded() -> list[str]:
    return [route for route in routes() if route.rstrip("/") not in OPEN]


def path_of(route: str) -> str:
    return "/" + route.replace("<id:pk>", "1").replace("<gateway:name>", "default").replace(
        "<attribute:name>", "day"
    ).replace("<uuid:pk>", "0" * 8 + "-0000-0000-0000-" + "0" * 12)


def test_every_route_but_those_of_the_contract_asks_for_a_token(anonymous: APIClient):
    for route in guarded():
        for method in METHODS:
            answer = getattr(anonymous, method)(path_of(route), {})
            assert answer.status_code == 401, (method, route)
            assert answer.json()["code"] == "not_authenticated"


def test_open_routes_answer_without_a_token(anonymous: APIClient):
    for route in ("docs/", "redoc/", "schema/", "health/live", "health/ready", "metrics"):
        assert anonymous.get(f"/{route}").status_code == 200, route


def test_a_viewer_may_read_everything_and_write_nothing(viewer: APIClient):
    for route in guarded():
        readable = (403, 405) if route.startswith(ADMINISTRATORS_READ) else (200, 400, 404, 405)
        assert viewer.get(path_of(route)).status_code in readable, route
        for method in METHODS[1:]:
            if route.rstrip("/") not in VIEWERS_MAY:
                assert getattr(viewer, method)(path_of(route), {}).status_code == 403, (method, route)


def test_both_slash_forms_lead_to_the_same_view():
    plain = [route.rstrip("/") for route in routes()]
    assert sorted(plain) == sorted(2 * list(dict.fromkeys(plain)))


def test_no_form_redirects(operator: APIClient):
    for path in ("/client", "/client/", "/sender/notifications", "/sender/notifications/"):
        assert operator.get(path).status_code == 200
        assert operator.post(path, {}).status_code == 400


@pytest.mark.parametrize("pk", ["0", "9223372036854775807", "9223372036854775808", "9" * 5000, "abc", "-1", "1.5"])
@pytest.mark.parametrize("route", ["/client/{}", "/sender/notifications/{}", "/sender/notifications/{}/statistics"])
def test_an_id_that_nothing_has_is_a_404(operator: APIClient, route: str, pk: str):
    answer = operator.get(route.format(pk))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_unknown_path_a_wrong_method_and_a_wrong_accept_are_json(operator: APIClient):
    nowhere, method = operator.get("/nowhere/<script>"), operator.put("/client/", {})
    accept = operator.get("/client/", HTTP_ACCEPT="text/html")
    for answer, status in ((nowhere, 404), (method, 405), (accept, 406)):
        assert answer.status_code == status
        assert answer["Content-Type"].startswith("application/json")
        assert set(answer.json()) == {"detail", "code"}


def test_options_answers_the_methods_that_allow_names(operator: APIClient, anonymous: APIClient):
    answer = operator.options("/client/")
    assert (answer.status_code, answer["Allow"]) == (200, "GET, POST, HEAD, OPTIONS")
    assert answer.json() == {"methods": ["GET", "POST", "HEAD", "OPTIONS"]}
    assert anonymous.options("/client/").status_code == 401


def test_a_host_that_is_not_served_is_json(anonymous: APIClient):
    answer = anonymous.get("/client/", HTTP_HOST="evil.example")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_browser_gets_json_from_the_api(operator: APIClient):
    answer = operator.get("/client/", HTTP_ACCEPT="text/html,application/xhtml+xml,*/*;q=0.8")
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-123", True), ("x" * 65, False), ("a b", False), ("<script>", False), ("", False)]
)
def test_every_answer_has_a_request_id_and_keeps_a_sane_one(anonymous: APIClient, given: str, kept: bool):
    for path in ("/client/", "/nowhere", "/health/live", "/docs/"):
        answer = anonymous.get(path, HTTP_X_REQUEST_ID=given)
        assert answer["X-Request-ID"]
        assert (answer["X-Request-ID"] == given) is kept


def test_every_answer_has_the_headers_of_safety(anonymous: APIClient):
    for path in ("/client/", "/docs/", "/schema/", "/nowhere"):
        answer = anonymous.get(path)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert not answer.cookies


def test_a_database_that_is_down_is_a_503(operator: APIClient, monkeypatch: pytest.MonkeyPatch):
    from django.db import OperationalError
    from django.db.backends.utils import CursorWrapper

    def broken(*_: Any, **__: Any) -> Any:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", broken)
        answers = [
            operator.get("/client/"),
            operator.post("/auth/login/", {"username": "a", "password": "b"}),
            operator.get("/health/ready"),
        ]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert answers[0].json()["code"] == "ledger_unavailable"
    assert answers[0]["Retry-After"]
    assert answers[2].json()["database"] == "cannot be reached"


def test_a_bug_is_a_bare_500_in_json(operator: APIClient, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("vestnik.api.clients.find_clients", broken)
    operator.raise_request_exception = False
    answer = operator.get("/client/")
    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()
    assert answer.json()["code"] == "error"
