"""People log in to the console through an OpenID Connect provider that the environment names."""

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from harness.cluster import Cluster, running_cluster
from tests.console.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.test_environment import read
from vestnik.cluster.rest import Rest
from vestnik.errors import ClusterError, SettingError

PASSWORD = "gerold-i-vestnik-17"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def office(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that knows the provider."""
    env = {
        "OIDC_ISSUER": provider.url, "OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OIDC_ROLE": "operator", "OIDC_NAME": "Office",
    }  # fmt: skip
    home = tmp_path_factory.mktemp("office") / "home"
    with running_cluster(home, "--workers", "0", env=env) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_it_was(provider: Provider) -> None:
    provider.claims, provider.refuses, provider.audience = {}, "", CLIENT_ID


def browser(cluster: Cluster) -> httpx.Client:
    return httpx.Client(base_url=cluster.url, follow_redirects=True, trust_env=False, timeout=20)


def sign_on(cluster: Cluster, provider: Provider, **claims: Any) -> httpx.Response:
    """A new browser goes there and back."""
    provider.claims = claims
    with browser(cluster) as http:
        return http.get("/console/oidc/sso/login?next=/console/mailings")


def ledger(cluster: Cluster) -> psycopg.Connection:
    running = cluster.home.running()
    assert running is not None
    return psycopg.connect(running.environment["DATABASE_URL"])


def account(cluster: Cluster, username: str) -> dict[str, Any]:
    with ledger(cluster) as connection:
        row = connection.execute(
            "SELECT u.id, u.role, u.email, u.password, (SELECT count(*) FROM socialaccount_socialaccount s"
            " WHERE s.user_id = u.id), (SELECT max(s.extra_data::text) FROM socialaccount_socialaccount s"
            " WHERE s.user_id = u.id), (SELECT array_agg(a.action ORDER BY a.id) FROM vestnik_auditentry a"
            " WHERE a.object_type = 'account' AND a.object_id = u.id) FROM vestnik_user u WHERE username = %s",
            [username],
        ).fetchone()
    assert row is not None, username
    return dict(zip(("id", "role", "email", "password", "identities", "kept", "audit"), row, strict=True))


def test_the_login_page_offers_it_and_a_first_login_makes_an_account_with_the_role(
    office: Cluster, provider: Provider
) -> None:
    with browser(office) as http:
        assert "Log in with Office" in http.get("/console/login/").text
        russian = http.get("/console/login/?language=ru").text
        assert "Войти через Office" in russian
    answer = sign_on(office, provider, sub="1", preferred_username="anna", email="anna@office.example",
                     email_verified=True)  # fmt: skip
    assert (answer.status_code, answer.url.path) == (200, "/console/mailings")
    made = account(office, "anna")
    assert (made["role"], made["email"], made["identities"], made["kept"]) == (
        "operator", "anna@office.example", 1, "{}",
    )  # fmt: skip
    assert made["password"].startswith("!"), "there is no password"
    assert made["audit"] == ["account.create"]
    asked, told = provider.asked[-1], provider.tokens[-1]
    assert asked["redirect_uri"] == f"{office.url}/console/oidc/sso/callback"
    assert asked["code_challenge_method"] == "S256"
    assert (told["client_secret"], bool(told["code_verifier"])) == (CLIENT_SECRET, True)


def test_the_next_login_is_the_same_account_whatever_it_is_called_now(office: Cluster, provider: Provider) -> None:
    for name in ("boris", "boris.renamed"):
        assert sign_on(office, provider, sub="2", preferred_username=name).status_code == 200
    assert account(office, "boris")["identities"] == 1
    assert sign_on(office, provider, sub="3", preferred_username="boris").status_code == 200
    assert account(office, "boris2")["identities"] == 1


def squatted(office: Cluster, name: str) -> Rest:
    """Somebody has an account with an e-mail that the provider vouches for as another's; logged in."""
    rest = Rest(office.url)
    rest.post("/auth/registration/", {"username": name, "email": f"{name}@office.example",
                                      "password1": PASSWORD, "password2": PASSWORD})  # fmt: skip
    rest.log_in(username=name, password=PASSWORD)
    return rest


def claims_of(name: str, **more: Any) -> dict[str, Any]:
    return {"sub": f"sub of {name}", "email": f"{name.title()}@office.example", "email_verified": True, **more}


def give_password(http: httpx.Client, password: str) -> httpx.Response:
    """Answer the page that asks for the account's password."""
    form = {"csrfmiddlewaretoken": http.cookies["vestnik_csrf"], "password": password}
    return http.post("/console/oidc/sso/consent", data=form, headers={"Referer": str(http.base_url)})


def is_in(http: httpx.Client) -> bool:
    return http.get("/console/mailings").url.path == "/console/mailings"


def test_an_account_with_the_verified_email_is_not_given_away_before_its_password_is_typed(
    office: Cluster, provider: Provider
) -> None:
    rest, provider.claims = squatted(office, "vera"), claims_of("vera")
    before = account(office, "vera")
    with browser(office) as http:
        page = http.get("/console/oidc/sso/login?next=/console/clients")
        assert page.url.path == "/console/oidc/sso/consent"
        assert "There is an account with the e-mail address Vera@office.example already" in page.text
        russian = http.get("/console/oidc/sso/consent", headers={"Accept-Language": "ru"}).text
        assert "Учётная запись с адресом Vera@office.example уже есть" in russian
        assert not is_in(http)
        wrong = give_password(http, "not-it-at-all-17")
        assert (wrong.status_code, is_in(http)) == (403, False)
        assert "The account was not given to you" in wrong.text
        refused = account(office, "vera")
        assert refused["audit"] == [*before["audit"], "account.link_ask", "account.link_refused"]
        assert (refused["password"], refused["identities"]) == (before["password"], 0)
        assert rest.get("/client/") is not None, "whoever is in stays in"

        answer = give_password(http, PASSWORD)
        assert (answer.status_code, answer.url.path) == (200, "/console/clients")
    taken = account(office, "vera")
    assert (taken["id"], taken["identities"], taken["audit"][-1]) == (before["id"], 1, "account.link")
    assert taken["password"].startswith("!")
    with pytest.raises(ClusterError, match="refused with 40"):
        rest.get("/client/")
    assert sign_on(office, provider, **claims_of("vera")).url.path == "/console/mailings", "asked once"


def test_who_guesses_the_password_of_the_account_is_held_up_as_at_a_login(office: Cluster, provider: Provider) -> None:
    # No login: one would make the machine's address a known one, which has other limits.
    new = {"username": "guessed", "email": "guessed@office.example", "password1": PASSWORD, "password2": PASSWORD}
    Rest(office.url).post("/auth/registration/", new)
    provider.claims = claims_of("guessed")
    with browser(office) as http:
        http.get("/console/oidc/sso/login")
        for number in range(10):
            assert give_password(http, f"a guess of {number}").status_code == 403
        written = account(office, "guessed")["audit"]
        held = give_password(http, PASSWORD)
        assert "Too many attempts" in held.text
        assert not is_in(http)
    assert account(office, "guessed")["audit"] == written, "nothing is written for a try that is refused"


def test_a_closed_account_is_given_to_nobody_and_keeps_its_password(office: Cluster, provider: Provider) -> None:
    squatted(office, "closed")
    with ledger(office) as connection:
        connection.execute("UPDATE vestnik_user SET is_active = false WHERE username = 'closed'")
    before = account(office, "closed")
    answer = sign_on(office, provider, **claims_of("closed"))
    assert (answer.status_code, "switched off" in answer.text) == (403, True)
    after = account(office, "closed")
    assert (after["password"], after["identities"]) == (before["password"], 0)
    assert after["audit"][-1] == "account.link_refused"


def test_an_address_that_is_somebody_elses_now_does_not_give_a_linked_account_away(
    office: Cluster, provider: Provider
) -> None:
    sign_on(office, provider, **claims_of("olga", preferred_username="olga"))
    newcomer = {**claims_of("olga"), "sub": "another person"}
    assert sign_on(office, provider, **newcomer).url.path == "/console/oidc/sso/consent"
    assert account(office, "olga")["identities"] == 1


@pytest.mark.parametrize(("email", "is_active"), [("else@office.example", True), ("", True), (None, False)])
def test_the_question_is_about_the_account_as_it_is_when_it_is_answered(
    office: Cluster, provider: Provider, email: str | None, is_active: bool
) -> None:
    name = f"moved{is_active}{email or ''}".lower().partition("@")[0]
    squatted(office, name)
    provider.claims = claims_of(name)
    with browser(office) as http:
        assert http.get("/console/oidc/sso/login").url.path == "/console/oidc/sso/consent"
        with ledger(office) as connection:
            connection.execute(
                "UPDATE vestnik_user SET email = coalesce(%s, email), is_active = %s WHERE username = %s",
                [email, is_active, name],
            )
        assert give_password(http, PASSWORD).status_code == 403
        assert not is_in(http)


def test_a_question_that_nobody_was_asked_gives_nothing(office: Cluster) -> None:
    with browser(office) as http:
        assert http.get("/console/oidc/sso/consent").url.path == "/console/login/"
        assert give_password(http, PASSWORD).status_code == 403
        assert not is_in(http)


@pytest.mark.parametrize("verified", [False, "true", None])
def test_an_email_that_the_provider_does_not_vouch_for_is_nobodys(
    office: Cluster, provider: Provider, verified: Any
) -> None:
    name = f"stranger-{verified}".lower()
    answer = sign_on(office, provider, sub=name, preferred_username=name, email="admin@office.example",
                     email_verified=verified)  # fmt: skip
    assert answer.status_code == 200
    assert account(office, name)["email"] == ""


def test_who_is_switched_off_does_not_get_in(office: Cluster, provider: Provider) -> None:
    sign_on(office, provider, sub="5", preferred_username="gone")
    with ledger(office) as connection:
        connection.execute("UPDATE vestnik_user SET is_active = false WHERE username = 'gone'")
    answer = sign_on(office, provider, sub="5", preferred_username="gone")
    assert answer.status_code == 403
    assert "switched off" in answer.text


def test_a_refusal_a_foreign_token_and_a_state_of_another_browser_are_pages_and_no_logins(
    office: Cluster, provider: Provider
) -> None:
    provider.refuses = "access_denied"
    assert sign_on(office, provider, sub="6").status_code == 403
    provider.refuses, provider.audience = "", "another client"
    assert sign_on(office, provider, sub="6").status_code == 403
    provider.audience = CLIENT_ID
    with browser(office) as http:
        answer = http.get("/console/oidc/sso/callback?code=x&state=stolen")
        assert answer.status_code == 403
        assert http.get("/console/mailings").url.path == "/console/login/"
        assert http.get("/console/oidc/another/login").status_code == 404
        assert http.post("/console/oidc/sso/login").status_code in {403, 405}
    with pytest.raises(AssertionError, match="6"):
        account(office, "6")


def test_a_provider_that_is_away_is_a_page_that_says_so(office: Cluster, provider: Provider) -> None:
    good = provider.configuration
    provider.configuration = lambda: None  # type: ignore[method-assign,assignment,return-value]
    try:
        answer = sign_on(office, provider, sub="7")
    finally:
        provider.configuration = good  # type: ignore[method-assign]
    assert answer.status_code == 403
    assert "does not answer" in answer.text


def test_without_a_provider_there_is_nothing_of_it(cluster: Cluster) -> None:
    with browser(cluster) as http:
        assert "oidc" not in http.get("/console/login/").text
        assert http.get("/console/oidc/sso/login").url.path == "/console/login/"


GOOD = {"OIDC_ISSUER": "https://login.example.org/", "OIDC_CLIENT_ID": "v", "OIDC_CLIENT_SECRET": "s"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"OIDC_CLIENT_SECRET": ""}, r"^OIDC_CLIENT_SECRET is not set, but OIDC_ISSUER is"),
        ({"OIDC_ISSUER": ""}, r"^OIDC_ISSUER is not set, but OIDC_CLIENT_ID is"),
        ({"OIDC_ISSUER": "http://login.example.org"}, r"^OIDC_ISSUER must be reached by HTTPS"),
        ({"OIDC_ROLE": "boss"}, r"^OIDC_ROLE is 'boss'"),
        ({"OIDC_GROUP_ROLES": "chiefs=boss"}, r"^OIDC_GROUP_ROLES says 'chiefs=boss'"),
        ({"OIDC_SCOPE": "email"}, r"^OIDC_SCOPE must contain openid"),
    ],
)
def test_half_a_provider_stops_the_start(change: dict[str, str], said: str) -> None:
    found = read(**GOOD).openid_connect
    assert found is not None
    assert (found.issuer, found.role, found.name) == ("https://login.example.org", "viewer", "SSO")
    assert read().openid_connect is None
    with pytest.raises(SettingError, match=said):
        read(**{**GOOD, **change})


def test_the_highest_role_of_the_groups_counts() -> None:
    found = read(**GOOD, OIDC_GROUP_ROLES="senders=operator, chiefs=administrator").openid_connect
    assert found is not None
    assert found.group_roles == (("senders", "operator"), ("chiefs", "administrator"))
