"""Behind proxies: below a path of their host, which they may leave in, and where GET and POST are all there is."""

import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from integrations.registry import ADAPTERS
from plugin.app import create_app
from plugin.settings import OWN_ADDRESSES, Settings, SettingsError
from tests.factories import Event, Service, environ_for, error_of, photo_bytes
from tests.test_live import Stream, place, web_process

PATH = "/company/coffee"


class Proxy(BaseHTTPRequestHandler):
    """Serves what lies behind it below PATH, and nothing else."""

    protocol_version = "HTTP/1.0"
    behind = 0
    strips = True

    def _pass(self) -> None:
        if self.command not in ("GET", "POST"):
            return self.send_error(405, "Not Allowed")
        if not self.path.startswith(f"{PATH}/"):
            return self.send_error(404, "Not of this site")
        connection = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=30)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        path = self.path.removeprefix(PATH) if self.strips else self.path
        connection.request(self.command, path, body, dict(self.headers))
        answer = connection.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        try:
            while data := answer.read1():
                self.wfile.write(data)
                self.wfile.flush()
        except OSError:
            pass  # the panel went away
        finally:
            answer.close()
            connection.close()

    def log_message(self, *_: Any) -> None:
        pass


for method in ("GET", "POST", "PATCH", "DELETE"):
    setattr(Proxy, f"do_{method}", Proxy._pass)


@contextmanager
def proxy(behind: int, *, strips: bool) -> Iterator[int]:
    kind = type("Chosen", (Proxy,), {"behind": behind, "strips": strips})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@pytest.fixture
def below(service: Service) -> Service:
    """The same service, served below a path."""
    settings = replace(service.settings, base_url=f"https://mosaic.example.org{PATH}")
    return Service(create_app(settings), settings, service.shop, service.made_walls)


@pytest.fixture(params=["strips", "keeps"])
def door(request: pytest.FixtureRequest, below: Service) -> Iterator[int]:
    """The port of a proxy that takes the path away, or leaves it in."""
    environ = environ_for(below.settings) | {"MOSAIC_BASE_URL": below.settings.base_url}
    with web_process(environ) as behind, proxy(behind, strips=request.param == "strips") as port:
        yield port


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
    """(status, text, Location)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        sent["Content-Type"] = "application/json"
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace"), answer.getheader("Location") or ""
    finally:
        connection.close()


ADDRESS = re.compile(r'(?:href|src|action)="(/[^"]*)"|"(/[^" ]*\.(?:js|css|json|jpg|svg))"')


def addresses(page: str) -> set[str]:
    found = {(a or b).replace("&amp;", "&") for a, b in ADDRESS.findall(page)}
    return {address for address in found if not address.startswith("//")}


@pytest.mark.parametrize("shown", ["/", "/start", "/e/CODE", "/e/CODE?stage=1", "/host/CODE", "/e/NOSUCH"])
def test_every_address_on_every_page_lies_below_the_path_and_leads_somewhere(
    below: Service, door: int, shown: str
) -> None:
    event = below.open_event()
    _, text, _ = ask(door, "GET", PATH + shown.replace("CODE", event.code))
    found = addresses(text)
    assert any("/static/dist/" in address for address in found)
    for address in found:
        assert address.startswith(PATH), address
        if not address.endswith("/api/events"):  # takes no GET
            assert ask(door, "GET", address)[0] in (200, 303), address


def test_scripts_find_each_other_below_the_path(below: Service, door: int) -> None:
    _, page, _ = ask(door, "GET", f"{PATH}/e/{below.open_event().code}")
    script = next(each for each in addresses(page) if "/panel-" in each and each.endswith(".js"))
    _, text, _ = ask(door, "GET", script)
    parts = set(re.findall(r'"\./([\w-]+\.js)"', text))
    assert parts
    for part in parts:
        assert ask(door, "GET", f"{script.rpartition('/')[0]}/{part}")[0] == 200
    assert not re.findall(r'"/static/', text)


def test_links_qr_codes_and_redirects_lead_below_the_path(below: Service, door: int) -> None:
    event = below.open_event()
    status, text, _ = ask(door, "GET", f"{PATH}/qr/{event.code}.svg")
    assert status == 200
    assert text.startswith("<?xml")
    desk = event.host().get("/api/host")
    outside = f"https://mosaic.example.org{PATH}"
    assert desk["join_url"] == f"{outside}/e/{event.code}"
    assert desk["desk_url"] == f"{outside}/host/{event.code}"
    assert desk["qr_url"] == f"{PATH}/qr/{event.code}.svg"
    assert ask(door, "GET", f"{PATH}/e?code={event.code}")[2] == f"{PATH}/e/{event.code}"
    paired = event.join().call("POST", "/api/me/pairing").json
    assert paired["url"].startswith(f"{outside}/e/{event.code}#launch=")


def test_somebody_joins_and_hears_of_photos_below_the_path(below: Service, door: int) -> None:
    event = below.open_event()
    _, answer, _ = ask(door, "POST", f"{PATH}/api/join", {"code": event.code})
    token = json.loads(answer)["token"]
    panel = Stream(door, token, path=f"{PATH}/api/live")
    assert panel.next("status")["delayed"] is False
    photo_id = place(event, 1)
    assert [photo["id"] for photo in panel.next("changes")["changes"][0]["photos"]] == [photo_id]
    panel.close()


def test_one_changes_takes_back_and_erases_through_a_proxy_that_knows_get_and_post(
    below: Service, door: int
) -> None:
    event = below.open_event()
    person = event.join()
    photo_id = person.send(photo_bytes(1)).json["photo"]["id"]
    below.run_jobs()
    mine = {"Authorization": f"Bearer {person.token}"}

    def meant(method: str, path: str, body: Any = None) -> int:
        return ask(door, "POST", PATH + path, body, **mine, X_HTTP_Method_Override=method)[0]

    assert ask(door, "PATCH", f"{PATH}/api/me", {"title": "Baker"}, **mine)[0] == 405
    assert meant("PATCH", "/api/me", {"title": "Baker"}) == 200
    assert person.get("/api/me")["attendee"]["title"] == "Baker"
    assert meant("PATCH", f"/api/photos/{photo_id}", {"story": "I bake rolls"}) == 200
    assert person.photo()["story"] == "I bake rolls"
    assert meant("DELETE", f"/api/photos/{photo_id}") == 202
    assert meant("DELETE", "/api/me") in (200, 202, 204)
    assert person.call("GET", "/api/me").status_code == 401


def test_every_call_that_is_neither_get_nor_post_can_be_meant_by_a_post(service: Service) -> None:
    """Whatever routes there are: with the header the POST gets as far as the method itself does."""
    person = service.open_event().join()
    tried = 0
    for rule in service.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS", "POST"}:
            path = re.sub(r"<[^>]+>", "999999", rule.rule)
            straight = person.call(method, path, json={})
            by_post = person.call("POST", path, json={}, headers={"X-HTTP-Method-Override": method})
            if path != "/api/me":  # the second of two erasures finds nobody
                assert by_post.status_code == straight.status_code, f"{method} {path}"
            tried += 1
            if path == "/api/me" and method == "DELETE":
                person = service.open_event().join()
    assert tried >= 8


@pytest.mark.parametrize("meant", ["GET", "PUT", "nonsense"])
def test_a_post_cannot_mean_anything_else(service: Service, meant: str) -> None:
    person = service.open_event().join()
    answer = person.call("POST", "/api/me", json={}, headers={"X-HTTP-Method-Override": meant})
    assert (answer.status_code, error_of(answer)["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/e",
        "https://example.org/api/v1",
        "https://example.org/a b",
        "https://example.org/zoom",
    ],
)
def test_a_path_that_cannot_work_stops_the_start_in_words(settings: Settings, address: str) -> None:
    environ = {"MOSAIC_SECRET_KEY": settings.secret_keys[0], "MOSAIC_BASE_URL": address}
    with pytest.raises(SettingsError, match="MOSAIC_BASE_URL"):
        Settings.from_environ(environ, ADAPTERS)


def test_the_names_that_a_path_may_not_begin_with_are_those_of_our_routes(service: Service) -> None:
    ours = {rule.rule.split("/")[1] for rule in service.app.url_map.iter_rules()} - {""}
    assert ours - set(ADAPTERS) <= set(OWN_ADDRESSES)
    assert set(OWN_ADDRESSES) <= ours | {"static", *ADAPTERS}


def test_no_template_writes_an_address_from_the_root() -> None:
    from plugin.app import TEMPLATES

    for file in TEMPLATES.rglob("*.html"):
        assert not re.findall(r'(?:href|src|action)="/', file.read_text(encoding="utf-8")), file.name


def test_at_the_root_of_a_host_nothing_changes(service: Service) -> None:
    event: Event = service.open_event()
    page = service.client.get(f"/e/{event.code}").text
    assert 'data-base=""' in page
    assert all(not address.startswith("//") for address in addresses(page))
