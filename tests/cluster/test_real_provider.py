"""The login through an OpenID Connect provider that others have written: npm's ``oidc-provider``, certified as one."""

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from harness.cluster import Cluster, running_cluster
from tests.programs import lack, needed
from vestnik.cluster.plan import free_port
from vestnik.cluster.rest import Rest
from vestnik.errors import ClusterError

PACKAGE = Path(__file__).parent.parent / "oidc"
PASSWORD = "gerold-i-vestnik-17"
SECRET = "the-clients-secret-0123456789abcdef"


@dataclass(frozen=True)
class Office:
    """A cluster, its provider, and the file of the provider's people."""

    cluster: Cluster
    people: Path

    def says(self, login: str, **claims: Any) -> None:
        """What the provider says of somebody from now on."""
        known = json.loads(self.people.read_text()) if self.people.exists() else {}
        self.people.write_text(json.dumps({**known, login: claims}))

    def row(self, query: str, *values: Any) -> Any:
        """The first row."""
        running = self.cluster.home.running()
        assert running is not None
        with psycopg.connect(running.environment["DATABASE_URL"]) as ledger:
            return ledger.execute(query, values).fetchone()


@pytest.fixture(scope="module")
def installed(pytestconfig: pytest.Config) -> Path:
    """The folder with the provider's package, as the lock file says; kept between runs."""
    node, npm = needed("node", package="nodejs"), needed("npm", package="npm")
    files = [PACKAGE / name for name in ("package.json", "package-lock.json")]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    cache = pytestconfig.cache
    assert cache is not None
    folder = cache.mkdir(f"oidc-{digest}")
    for file in [*files, PACKAGE / "provider.js"]:
        shutil.copy(file, folder)
    if not (folder / "installed").exists():
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110, check=False)
        if done.returncode:
            lack(f"npm ci of {PACKAGE.name} failed with {node}: {done.stderr[-300:]}")
        (folder / "installed").touch()
    return folder


@pytest.fixture(scope="module")
def office(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder, port = tmp_path_factory.mktemp("office"), free_port("127.0.0.1")
    people = folder / "people.json"
    command = ["node", "provider.js", f"http://localhost:{port}", str(people)]
    env = {**os.environ, "OIDC_CLIENT_SECRET": SECRET}
    with subprocess.Popen(
        command, cwd=installed, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as provider:
        try:
            assert provider.stdout is not None
            issuer = provider.stdout.readline().removeprefix("ready ").strip()
            assert issuer.startswith("http://127.0.0.1:"), "the provider did not start"
            settings = {
                "OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "vestnik", "OIDC_CLIENT_SECRET": SECRET,
                "OIDC_SCOPE": "openid profile email groups",
                "OIDC_GROUP_ROLES": "senders=operator,chiefs=administrator",
            }  # fmt: skip
            options = ("--workers", "0", "--port", str(port))
            with running_cluster(folder / "home", *options, env=settings) as cluster:
                yield Office(cluster, people)
        finally:
            provider.kill()


def submitted(http: httpx.Client, page: httpx.Response, **typed: str) -> httpx.Response:
    """Send the form of a page, with its hidden fields."""
    action = re.search(r'<form[^>]*\saction="([^"]+)"', page.text)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    target = page.url.join(html.unescape(action[1])) if action else page.url
    return http.post(target, data={**dict(hidden), **typed}, headers={"Referer": str(page.url)})


def arrived(office: Office, http: httpx.Client, login: str) -> httpx.Response:
    """Go out to the provider, log in on its page, agree on its next one, and come back."""
    page = http.get(f"{office.cluster.url}/console/oidc/sso/login?next=/console/mailings")
    page = submitted(http, page, login=login, password="the provider takes any")
    assert 'value="consent"' in page.text, page.text
    return submitted(http, page)


def browser() -> httpx.Client:
    return httpx.Client(follow_redirects=True, trust_env=False, timeout=20)


def role_after_login(office: Office, login: str, *groups: str) -> str:
    office.says(login, preferred_username=login, groups=groups)
    with browser() as http:
        assert arrived(office, http, login).url.path == "/console/mailings"
    return str(office.row("SELECT role FROM vestnik_user WHERE username = %s", login)[0])


def test_a_first_login_makes_an_account_and_nothing_that_the_provider_says_is_kept(office: Office) -> None:
    office.says("anna", preferred_username="anna", email="anna@office.example", email_verified=True)
    for _ in range(2):
        with browser() as http:
            assert arrived(office, http, "anna").url.path == "/console/mailings"
            assert http.get(f"{office.cluster.url}/console/account").status_code == 200
        found = office.row(
            "SELECT u.email, u.role, count(*), max(s.uid), max(s.extra_data::text) FROM vestnik_user u"
            " JOIN socialaccount_socialaccount s ON s.user_id = u.id WHERE username = 'anna' GROUP BY 1, 2"
        )
        assert found == ("anna@office.example", "viewer", 1, "anna", "{}")


def test_each_login_gives_the_highest_role_of_the_groups_and_who_left_them_has_none_of_it(office: Office) -> None:
    assert role_after_login(office, "boris", "senders", "canteen") == "operator"
    assert role_after_login(office, "boris", "senders", "chiefs") == "administrator"
    assert role_after_login(office, "boris", "canteen") == "viewer"
    assert role_after_login(office, "boris") == "viewer"


def test_an_account_is_not_taken_over_without_its_password(office: Office) -> None:
    rest = Rest(office.cluster.url)
    rest.post("/auth/registration/", {"username": "vera", "email": "vera@office.example",
                                      "password1": PASSWORD, "password2": PASSWORD})  # fmt: skip
    rest.log_in(username="vera", password=PASSWORD)
    office.says("v.ivanova", email="vera@office.example", email_verified=True, groups=["senders"])
    with browser() as http:
        page = arrived(office, http, "v.ivanova")
        assert page.url.path == "/console/oidc/sso/consent"
        page = submitted(http, page, password="not-it-at-all-17")
        assert page.status_code == 403
        assert http.get(f"{office.cluster.url}/console/mailings").url.path == "/console/login/"
        assert rest.get("/client/") is not None
        assert office.row("SELECT count(*) FROM socialaccount_socialaccount WHERE uid = 'v.ivanova'") == (0,)
        assert submitted(http, page, password=PASSWORD).url.path == "/console/mailings"
    actions = office.row(
        "SELECT array_agg(action ORDER BY a.id) FROM vestnik_auditentry a JOIN vestnik_user u"
        " ON a.object_type = 'account' AND a.object_id = u.id WHERE username = 'vera' AND action LIKE 'account.link%%'"
    )
    assert actions == (["account.link_ask", "account.link_refused", "account.link"],)
    with pytest.raises(ClusterError, match="refused with 40"):
        rest.get("/client/")
