"""What every platform promises, whichever it is: this covers a new one as soon as it is in the registry."""

import inspect
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from integrations.platform import OAuth, PackageError, Platform, PlatformError, Request
from integrations.registry import ADAPTERS
from plugin.settings import Settings
from tests.fake_fair import Fair
from tests.trusts import NOBODY, Known

ROOT = Path(__file__).parent.parent
PAYLOADS = Path(__file__).parent / "payloads"
EVERYBODY: dict[str, type[Platform]] = {**ADAPTERS, "fair": Fair}
EVERY = pytest.mark.parametrize("name", sorted(EVERYBODY))


def read(name: str, path: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((PAYLOADS / name / path).read_text(encoding="utf-8"))
    return content


def made(name: str) -> Platform:
    """The adapter as an operator with the settings of its payloads has it."""
    environ = {"MOSAIC_SECRET_KEY": "x" * 40} | read(name, "known.json")["settings"]
    make: Callable[..., Platform] = EVERYBODY[name]
    return make(**Settings.from_environ(environ, EVERYBODY).platform_options[name])


def trusted(name: str) -> Known:
    known = read(name, "known.json")
    return Known(known.get("tenants", {}), known.get("keys", {}))


def payloads(kind: str) -> list[Any]:
    """Every recorded body of this kind: (platform, its path)."""
    found = sorted(PAYLOADS.glob(f"*/{kind}/*.json"))
    return [
        pytest.param(each.parts[-3], f"{kind}/{each.name}", id=f"{each.parts[-3]}-{each.stem}")
        for each in found
    ]


def wire(recorded: Mapping[str, Any]) -> Request:
    asked = recorded["request"]
    return Request(
        asked["method"],
        asked["path"],
        query=asked.get("query", {}),
        headers=asked.get("headers", {}),
        body=asked.get("body", "").encode(),
    )


def check(found: Any, wanted: Mapping[str, Any] | None) -> None:
    """Whether what came of a body is what was recorded with it; what is not recorded may be anything."""
    if wanted is None:
        assert found is None
        return
    given = asdict(found)
    for name, value in wanted.items():
        if isinstance(value, dict) and isinstance(given[name], dict):
            assert {each: given[name][each] for each in value} == value, name
        else:
            assert given[name] == value, name


def tried(recorded: Mapping[str, Any], ask: Callable[[], Any]) -> None:
    if "refuses" in recorded:
        with pytest.raises(PlatformError) as raised:
            ask()
        assert raised.value.code == recorded["refuses"]
        return
    check(ask(), recorded["gives"])


# ---- recorded bodies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "path"), payloads("launches"))
def test_a_recorded_launch_is_believed_or_refused_as_it_should_be(name: str, path: str) -> None:
    recorded = read(name, path)
    tried(recorded, lambda: made(name).launch(wire(recorded), trusted(name), recorded["now"]))


@pytest.mark.parametrize(("name", "path"), payloads("notices"))
def test_a_recorded_notice_is_understood_or_refused_as_it_should_be(name: str, path: str) -> None:
    recorded = read(name, path)
    tried(recorded, lambda: made(name).notice(wire(recorded), trusted(name), recorded["now"]))


@pytest.mark.parametrize(("name", "path"), payloads("people"))
def test_a_recorded_answer_about_somebody_is_read(name: str, path: str) -> None:
    recorded = read(name, path)
    client = Client(recorded["answers"], recorded.get("tenant", ""))
    tried(recorded, lambda: made(name).person(client))


@EVERY
def test_there_are_bodies_that_are_believed_and_bodies_that_are_not(name: str) -> None:
    kinds = ["launches"]
    kinds += ["notices"] if made(name).has_notices else []
    kinds += ["people"] if made(name).oauth is not None else []
    for kind in kinds:
        outcomes = {
            "refuses" in read(name, f"{kind}/{each.name}") for each in (PAYLOADS / name / kind).iterdir()
        }
        assert True in outcomes or kind == "people", kind
        assert False in outcomes, kind


# ---- what every adapter promises --------------------------------------------------------------------------------


class Client:
    """A platform's API that gives recorded answers, or nothing of use."""

    def __init__(self, answers: Mapping[str, Any] | None = None, tenant: str = "") -> None:
        self._answers = answers or {}
        self.tenant = tenant

    def get(self, url: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._answers.get(url, {})
        return found

    def post(self, url: str, body: Any) -> Mapping[str, Any]:
        return {}


@EVERY
def test_it_is_known_by_its_name_and_has_a_folder(name: str) -> None:
    assert made(name).name == name
    if name in ADAPTERS:
        assert (ROOT / "integrations" / name / "panel.js").exists()
    assert made(name).title or not made(name).has_client


@EVERY
def test_what_organizers_have_is_said_and_there(name: str) -> None:
    platform = made(name)
    assert platform.has_organizers == (platform.gatherings is not None)
    if platform.gatherings is None:
        return
    with pytest.raises(PlatformError):
        platform.gatherings.tenants(Client())
    for elsewhere in ("https://example.org/", "file:///etc/passwd", "https://[", "x"):
        with pytest.raises(PlatformError):
            platform.gatherings.registrations(Client({elsewhere: {"data": []}}), "1", elsewhere)


@EVERY
def test_its_settings_are_its_own_and_without_them_it_does_not_exist(name: str) -> None:
    platform = EVERYBODY[name]
    for each in platform.settings:
        assert each.variable.startswith(f"{name.upper()}_")
        assert each.about.endswith(".")
    if platform.settings:
        bare = Settings.from_environ({"MOSAIC_SECRET_KEY": "x" * 40}, {name: platform})
        assert name not in bare.platform_options


def unpacked(content: bytes) -> bytes:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@EVERY
def test_a_package_for_its_store_is_made_or_refused_in_words(name: str) -> None:
    package = made(name).package
    if package is None:
        return
    options = read(name, "known.json").get("package", {})
    assert package.make("https://mosaic.example.org", **options)
    for address, is_there in (("", False), ("https://mosaic.s3.example.org", True)):
        content = package.make("https://mosaic.example.org", pictures_url=address, **options)
        assert (b"mosaic.s3.example.org" in unpacked(content)) is is_there
    with pytest.raises(PackageError):
        package.make("http://mosaic.example.org", **options)
    assert set(options) >= {each.name for each in package.options if each.is_required}


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
    if not platform.has_notices:
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
    for address in (oauth.authorize_url, oauth.token_url, oauth.revoke_url or "https://"):
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

    for address in ("", "ada@acme.example", "a@b&c=d", "?x"):
        link = made(name).hello_url(Identity(name, "acme", "ada", "proved"), address)
        assert link is None or link.startswith("https://")
        assert link is None or "&" not in link
