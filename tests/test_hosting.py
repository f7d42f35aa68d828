"""Starting a coffee break, and the pages around it."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from plugin.people.codes import CODE_ALPHABET, normal_code
from plugin.state.models import Event, Wall
from plugin.wall.hosting import BUILT_IN_TARGETS
from tests.factories import Service, error_of, photo_bytes
from worker import jobs, opening, sweeper


def picture(kind: str, size: tuple[int, int] = (300, 200)) -> tuple[io.BytesIO, str]:
    stream = io.BytesIO()
    image = Image.new("RGB", size, "navy")
    image.paste("gold", (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    image.save(stream, kind)
    stream.seek(0)
    return stream, f"target.{kind.lower()}"


def test_the_landing_page_has_one_button_and_a_code_field(service: Service) -> None:
    page = service.client.get("/")
    assert page.status_code == 200
    assert 'href="/start"' in page.text
    assert 'name="code"' in page.text


def test_the_start_page_offers_the_built_in_targets(service: Service) -> None:
    page = service.client.get("/start")
    for title in BUILT_IN_TARGETS.values():
        assert title in page.text
    assert [each["name"] for each in service.client.get("/api/targets").json["targets"]] == list(
        BUILT_IN_TARGETS
    )


def test_the_host_gets_a_code_and_links_that_lead_somewhere(service: Service) -> None:
    answer = service.client.post("/api/events", data={"name": "Spring Summit", "target_name": "coffee"})
    assert answer.status_code == 201
    links = answer.json
    assert set(links["code"]) <= set(CODE_ALPHABET)
    base = service.settings.base_url
    for name in ("join_url", "stage_url", "host_url", "desk_url"):
        assert links[name].startswith(base)
        assert service.client.get(links[name].removeprefix(base).partition("#")[0]).status_code == 200
    code = service.client.get(links["qr_url"])
    assert code.content_type == "image/svg+xml"
    assert b'xmlns="http://www.w3.org/2000/svg"' in code.data


@pytest.mark.sqlite
def test_the_host_key_is_not_in_the_database(service: Service) -> None:
    event = service.open_event(work=False)
    stored = b"".join(path.read_bytes() for path in service.settings.data_folder.glob("mosaic.sqlite3*"))
    assert event.host_key.encode() not in stored


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_an_uploaded_picture_becomes_the_target(service: Service, kind: str) -> None:
    event = service.open_event(target=picture(kind), target_name="")
    snapshot = event.join().get("/api/wall")
    grid = snapshot["grid"]
    assert grid["columns"] / grid["rows"] == pytest.approx(1.5, rel=0.05)
    assert service.shop.storage.names("uploads") == {}


def test_a_broken_target_is_refused_and_the_host_reads_why(service: Service) -> None:
    broken = io.BytesIO(photo_bytes("red", (800, 600))[:1500])
    event = service.open_event(target=(broken, "target.jpg"), target_name="")
    assert event.host().get("/api/host")["target"] == "truncated"
    assert event.join().get("/api/wall")["grid"]["generation"] == 0


def test_a_target_of_one_colour_is_refused(service: Service) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (300, 200), "navy").save(stream, "PNG")
    stream.seek(0)
    event = service.open_event(target=(stream, "target.png"), target_name="")
    assert event.host().get("/api/host")["target"] == "one_colour"


def test_the_host_is_told_at_once_when_a_worker_was_quick(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.web.views.picture.TARGET_WAIT_SECONDS", 5.0)
    monkeypatch.setattr("time.sleep", lambda _seconds: service.run_jobs())
    form = {"name": "x", "target": (io.BytesIO(photo_bytes("red", (800, 600))[:1500]), "target.jpg")}
    answer = service.client.post("/api/events", data=form)
    assert answer.status_code == 422
    assert error_of(answer)["field"] == "target"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "", "target_name": "coffee"}, "name"),
        ({"name": "x" * 81, "target_name": "coffee"}, "name"),
        ({"name": "x", "target_name": "../coffee"}, "target"),
        ({"name": "x"}, "target"),
        ({"name": "x", "target_name": "coffee", "prompt": "x" * 141}, "prompt"),
    ],
)
def test_what_is_wrong_on_the_start_page_is_told_beside_the_field(
    service: Service, form: dict[str, str], field: str
) -> None:
    answer = service.client.post("/api/events", data=form)
    assert answer.status_code == 422
    assert error_of(answer)["field"] == field


def test_a_target_that_is_no_picture_is_told_beside_the_field(service: Service) -> None:
    form = {"name": "x", "target": (io.BytesIO(b"hello"), "target.jpg")}
    assert error_of(service.client.post("/api/events", data=form))["field"] == "target"


def test_starting_can_be_left_to_the_platforms(settings: object, service: Service) -> None:
    from dataclasses import replace

    from plugin.web.request.services import EXTENSION

    known = service.app.extensions[EXTENSION]
    closed = replace(known, settings=replace(known.settings, open_hosting=False))
    service.app.extensions[EXTENSION] = closed
    answer = service.client.post("/api/events", data={"name": "x", "target_name": "coffee"})
    assert answer.status_code == 403
    service.app.extensions[EXTENSION] = known


def test_a_code_that_is_taken_is_not_given_twice(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    first = service.open_event(work=False)
    codes = iter([first.code, first.code, "BCDFGH"])
    monkeypatch.setattr("plugin.wall.hosting.new_code", lambda: next(codes))
    assert service.open_event(work=False).code == "BCDFGH"
    monkeypatch.setattr("plugin.wall.hosting.new_code", lambda: first.code)
    answer = service.client.post("/api/events", data={"name": "x", "target_name": "coffee"})
    assert answer.status_code == 503


def test_a_wall_whose_opening_was_lost_is_opened_by_the_sweeper(service: Service) -> None:
    event = service.open_event(work=False)
    service.shop.jobs._redis.flushall()
    service.run_jobs()
    assert event.join().get("/api/wall")["grid"]["generation"] == 0
    assert sweeper.sweep(service.shop, 0) == 1
    service.run_jobs()
    with service.shop.database.read() as session:
        assert session.scalars(select(Wall.generation)).one() == 1


def test_opening_a_wall_twice_at_once_opens_it_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.open_event(work=False)
    target = opening._uploaded

    def other_was_faster(*arguments: object) -> object:
        monkeypatch.setattr(opening, "_uploaded", target)
        jobs.open_wall(1)
        return target(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "_uploaded", other_was_faster)
    jobs.open_wall(1)
    service.run_jobs()
    with service.shop.database.read() as session:
        wall = session.scalars(select(Wall)).one()
    assert (wall.target_opened, wall.target_used, wall.generation) == (1, 1, 1)


def test_the_upload_of_a_target_that_is_lost_is_told(service: Service) -> None:
    event = service.open_event(target=picture("PNG"), target_name="", work=False)
    service.shop.storage.delete_folder("uploads")
    service.run_jobs()
    assert event.host().get("/api/host")["target"] == "unreadable"


def test_the_event_closes_and_opens_again(service: Service) -> None:
    event = service.open_event(work=False)
    hanna = event.host()
    for state in ("closed", "open"):
        assert hanna.call("POST", "/api/host/state", json={"state": state}).status_code == 200
        assert event.join().get("/api/wall")["state"] == state
        service.app.extensions["mosaic"].snapshots._kept.clear()
    assert hanna.call("POST", "/api/host/state", json={"state": "over"}).status_code == 422
    assert event.join().call("POST", "/api/host/state", json={"state": "closed"}).status_code == 403
    with service.shop.database.read() as session:
        assert session.scalars(select(Event.state)).one().value == "open"


def test_a_wrong_code_gives_a_page_with_the_code_field_and_404(service: Service) -> None:
    for path in ("/e/NOSUCH", "/e/%3Cscript%3E", "/host/NOSUCH", "/qr/NOSUCH.svg"):
        page = service.client.get(path)
        assert page.status_code == 404
        assert 'name="code"' in page.text
        assert "<script>alert" not in page.text


def test_a_wrong_code_stays_in_the_field_to_be_put_right(service: Service) -> None:
    assert 'value="SPRNG"' in service.client.get("/e/SPRNG").text
    assert 'value=""' in service.client.get("/e?code=", follow_redirects=True).text


def test_the_code_field_leads_to_the_panel(service: Service) -> None:
    event = service.open_event(work=False)
    answer = service.client.get(f"/e?code={event.code[:3].lower()}-{event.code[3:]}")
    assert answer.status_code == 303
    assert service.client.get(answer.headers["Location"]).status_code == 200
    assert service.client.get("/e?code=", follow_redirects=True).status_code == 404


def test_words_that_look_like_markup_stay_words(service: Service) -> None:
    event = service.open_event(name="</script><b>Tea & cake</b>", work=False)
    for path in (f"/e/{event.code}", f"/host/{event.code}"):
        page = service.client.get(path).text
        assert "</script><b>" not in page
        assert "<b>Tea" not in page


@pytest.mark.parametrize(
    ("typed", "kept"), [("abc-def", "ABCDEF"), (" ab c\n", "ABC"), ("", ""), ("x" * 50, "X" * 12)]
)
def test_how_people_type_a_code_does_not_matter(typed: str, kept: str) -> None:
    assert normal_code(typed) == kept


def test_the_reveal_moves_the_wall_to_a_much_finer_grid_and_can_be_undone(service: Service) -> None:
    event, people = service.wall_with(120)
    hanna = event.host()

    def grid() -> tuple[int, int, int]:
        service.app.extensions["mosaic"].snapshots._kept.clear()
        found = hanna.get("/api/wall")
        assert found["count"] == 120
        cells = found["grid"]["columns"] * found["grid"]["rows"]
        return cells, found["grid"]["generation"], found["revealed"]

    before, generation, _ = grid()
    assert people[0].call("POST", "/api/host/reveal", json={"revealed": True}).status_code == 403
    assert hanna.call("POST", "/api/host/reveal", json={"revealed": "yes"}).status_code == 422
    assert hanna.call("POST", "/api/host/reveal", json={"revealed": True, "notice": 0}).status_code == 200
    assert hanna.get("/api/host")["event"]["revealed"] is True
    service.run_jobs()
    cells, revealed, is_revealed = grid()
    assert (is_revealed, revealed) == (True, generation + 1)
    assert 5700 <= cells <= 6300
    late = event.with_photos(1)[0]
    assert late.photo()["state"] == "placed"
    late.call("DELETE", f"/api/photos/{late.photo()['id']}")
    service.shop.jobs._redis.flushall()  # a reveal, too, survives the loss of its job
    hanna.call("POST", "/api/host/reveal", json={"revealed": False})
    service.shop.jobs._redis.flushall()
    assert sweeper.sweep(service.shop, 0) == 1
    service.run_jobs()
    assert grid() == (before, revealed + 1, False)
