"""What every platform promises, whichever it is: this covers a new one as soon as it is in the registry."""

import inspect
from contextlib import suppress
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest

from integrations.platform import OAuth, Platform, PlatformError, Request
from integrations.registry import ADAPTERS, platforms
from plugin.settings import Settings
from tests.trusts import NOBODY

ROOT = Path(__file__).parent.parent
CREDENTIALS = {
    "zoom": {"ZOOM_CLIENT_ID": "id", "ZOOM_CLIENT_SECRET": "secret", "ZOOM_SECRET_TOKEN": "token"},
    "web": {},
}
EVERY = pytest.mark.parametrize("name", sorted(ADAPTERS))


def made(name: str) -> Platform:
    settings = Settings.from_environ({"MOSAIC_SECRET_KEY": "x" * 40} | CREDENTIALS[name], ADAPTERS)
    return platforms(settings.platform_options)[name]


class Client:
    """A platform's API that answers with nothing of use."""

    def get(self, url: str) -> dict[str, Any]:
        return {}

    def post(self, url: str, body: Any) -> dict[str, Any]:
        return {}


@EVERY
def test_it_is_known_by_its_name_and_has_a_folder(name: str) -> None:
    assert made(name).name == name
    assert (ROOT / "integrations" / name / "panel.js").exists()


@EVERY
def test_it_has_every_method_with_the_arguments_of_the_protocol(name: str) -> None:
    platform = made(name)
    for method, promised in inspect.getmembers(Platform, inspect.isfunction):
        if not method.startswith("_"):
            given = inspect.signature(getattr(type(platform), method))
            assert list(given.parameters) == list(inspect.signature(promised).parameters), method


@EVERY
@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/"),
        Request("POST", "/", body=b"\xff\x00{"),
        Request("POST", "/", body=b"[]"),
        Request("POST", "/", body=b'{"context": 7, "code": 7, "ticket": 7}'),
        Request(
            "GET",
            "/",
            query={"ticket": "x"},
            headers={"x-zoom-app-context": "x", "authorization": "Bearer x"},
        ),
    ],
)
def test_without_a_proof_nobody_is_anybody(name: str, request_: Request) -> None:
    with pytest.raises(PlatformError) as raised:
        made(name).launch(request_, NOBODY, 1_700_000_000.0)
    assert raised.value.permanent
    assert raised.value.code
    assert raised.value.message


@EVERY
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"\xff", b'{"event": "app_deauthorized", "payload": {}}']
)
def test_a_notice_without_a_proof_is_refused_or_there_is_none(name: str, body: bytes) -> None:
    platform, request = made(name), Request("POST", f"/{name}/notices", body=body)
    if platform.oauth is None:
        assert platform.notice(request, NOBODY, 0.0) is None
    else:
        with pytest.raises(PlatformError):
            platform.notice(request, NOBODY, 0.0)


@EVERY
def test_what_is_installed_has_secure_addresses_and_at_least_one_credential(name: str) -> None:
    oauth = made(name).oauth
    if oauth is None:
        return
    assert is_dataclass(oauth)
    assert isinstance(oauth, OAuth)
    for address in (oauth.authorize_url, oauth.token_url, oauth.revoke_url):
        assert address.startswith("https://")
    assert oauth.scopes
    assert oauth.credential(oauth.credentials[0].client_id) == oauth.credentials[0]
    assert oauth.credential("unknown") is None
    assert oauth.credentials[0].client_secret not in repr(oauth)


@EVERY
def test_an_answer_that_says_nothing_is_an_error_or_none_and_never_a_person(name: str) -> None:
    person: object = None
    with suppress(PlatformError):
        person = made(name).person(Client())
    assert person is None
    assert made(name).opening_url(Client(), "{}") is None


@EVERY
@pytest.mark.parametrize(
    "url", ["", "x", "http://127.0.0.1/", "https://example.org/x", "file:///etc/passwd", "https://[", "\x00"]
)
def test_pictures_are_fetched_from_nowhere_else(name: str, url: str) -> None:
    assert made(name).may_fetch(url) is False


@EVERY
def test_frames_are_named_one_by_one_and_only_over_tls(name: str) -> None:
    for source in made(name).frame_ancestors:
        assert source == "'self'" or source.startswith("https://")
        assert source not in ("*", "https:", "https://*")


@EVERY
def test_a_talk_is_opened_by_a_link_or_not_at_all(name: str) -> None:
    from integrations.platform import Identity

    link = made(name).hello_url(Identity(name, "acme", "ada", "proved"))
    assert link is None or link.startswith(("https://", "msteams:"))
