"""Every answer: security headers, errors in words, nothing of ours in them."""

import logging

import pytest

from plugin.web.request.services import EXTENSION
from tests.factories import Service, error_of


def routes(service: Service) -> list[tuple[str, str]]:
    """Every address of the app with every method, filled with values that exist or nearly do."""
    event = service.open_event(work=False)
    values = {"code": event.code, "key": "0" * 32, "name": "overview-1.jpg", "size": "64"}
    found = []
    adapter = service.app.url_map.bind("localhost")
    for rule in service.app.url_map.iter_rules():
        # A number where the rule wants one, and some text elsewhere.
        given = {name: values.get(name, 1 if name.endswith("_id") else "x") for name in rule.arguments}
        path = adapter.build(rule.endpoint, given)
        found += [(method, path) for method in ("GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS")]
    return [*found, ("GET", "/nowhere"), ("GET", "/api/nowhere"), ("GET", "/static/nowhere.js")]


def test_every_answer_has_the_security_headers_errors_included(service: Service) -> None:
    tried = routes(service)
    assert len(tried) > 100
    for method, path in tried:
        answer = service.client.open(path, method=method)
        assert answer.status_code != 500, (method, path)
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy
        assert headers["Strict-Transport-Security"].startswith("max-age="), path
        assert headers["Cache-Control"]
        if answer.content_type.startswith("text/html"):
            assert "frame-ancestors 'self'" in policy
            assert "<script>" not in answer.text
            assert "style=" not in answer.text
            assert 'src="http' not in answer.text


def test_no_call_of_the_panel_works_without_a_token(service: Service) -> None:
    for method, path in routes(service):
        answer = service.client.open(path, method=method)
        if path.startswith("/api/") and answer.status_code == 200 and method != "OPTIONS":
            assert path == "/api/targets"


def test_what_nobody_foresaw_is_told_in_words_and_logged_without_what_was_sent(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("the inside of the machine")

    monkeypatch.setattr("plugin.wall.watching.details", broken)
    ada = service.open_event(work=False).join()
    with caplog.at_level(logging.ERROR):
        answer = ada.call("GET", "/api/photos?ids=1,2,3")
    assert answer.status_code == 500
    message = error_of(answer)["message"]
    assert "went wrong on our side" in message
    assert "lost" not in message  # whether something was, nobody knows
    assert "machine" not in answer.text
    assert ada.token not in caplog.text
    assert "1,2,3" not in caplog.text


def test_an_error_on_a_page_is_a_page_and_on_a_call_it_is_json(service: Service) -> None:
    assert "<html" in service.client.get("/nowhere").text
    assert error_of(service.client.get("/api/nowhere"))["code"] == "not_found"
    answer = service.client.delete("/api/join")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_scripts_and_styles_are_packed_and_kept_for_ever(service: Service) -> None:
    page = service.client.get("/").text
    address = page.partition('href="/static/dist/')[2].partition('"')[0]
    answer = service.client.get(f"/static/dist/{address}", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    picture = service.client.get("/static/dist/targets/coffee.jpg")
    assert "immutable" not in picture.headers["Cache-Control"]
    for each in (answer, picture):
        each.close()


def test_headers_of_proxies_are_believed_only_where_there_are_some(service: Service) -> None:
    from dataclasses import replace

    from plugin.app import create_app

    seen = {}
    for proxies in (0, 1):
        app = create_app(replace(service.settings, proxies=proxies))
        app.before_request(lambda: seen.setdefault(proxies, __import__("flask").request.remote_addr))  # noqa: B023
        app.test_client().get("/healthz", headers={"X-Forwarded-For": "203.0.113.7"})
        app.extensions[EXTENSION].database.dispose()
        app.extensions[EXTENSION].jobs.close()
    assert seen == {0: "127.0.0.1", 1: "203.0.113.7"}


def test_the_stream_says_so_where_it_cannot_be(service: Service) -> None:
    ada = service.open_event(work=False).join()
    assert ada.call("GET", "/api/live").status_code == 501
