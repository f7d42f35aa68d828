"""Posters, keepsakes and time-lapses, from the wish to the file and to its end: real jobs, storage and HTTP."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select, update

from plugin.state.finish import Print, PrintKind, PrintState
from plugin.state.models import Change
from plugin.state.queue import Jobs, connect
from plugin.wall import offers as what_can_be_made
from plugin.wall import prints
from plugin.wall.inside import packed, unpacked
from tests.factories import Event, Person, Service, error_of, photo_bytes
from worker import jobs, printing, rendering, sweeper
from worker.orders import Failed, Made, Order, Progress
from worker.prints import timelapse


def magenta() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), (255, 0, 255)).save(stream, "PNG")
    return stream.getvalue()


def shows_magenta(pixels: np.ndarray[Any, Any]) -> bool:
    red, green, blue = np.moveaxis(pixels[::4, ::4], -1, 0)  # a cell is 32 px wide and more
    return bool(((red > 170) & (green < 90) & (blue > 170)).mean() > 1e-4)


def opened(data: bytes) -> np.ndarray[Any, Any]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def agree(person: Person, yes: bool = True) -> None:
    assert person.call("PATCH", "/api/me", json={"keepsake": yes}).status_code == 200


def ask(host: Person, kind: str = "poster", form: str = "jpeg", cell_px: int = 100) -> dict[str, Any]:
    answer = host.call("POST", "/api/host/prints", json={"kind": kind, "form": form, "cell_px": cell_px})
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json["print"]
    return made


def listed(host: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = host.get("/api/host/prints")["prints"]
    return found


def download(service: Service, made: dict[str, Any]) -> bytes:
    with service.client.get(made["url"]) as answer:
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


def files(service: Service) -> list[str]:
    return sorted(service.shop.storage.names("prints"))


def keepsake_of(service: Service, person: Person) -> dict[str, Any]:
    assert person.call("POST", "/api/me/keepsake", json={}).status_code == 202
    service.run_jobs()
    made: dict[str, Any] = person.get("/api/me/keepsake")["print"]
    return made


@pytest.fixture
def gathered(service: Service, request: pytest.FixtureRequest) -> tuple[Event, list[Person]]:
    return service.wall_with(3 if "agreed" in request.fixturenames else 0)


@pytest.fixture
def event(gathered: tuple[Event, list[Person]]) -> Event:
    return gathered[0]


@pytest.fixture
def agreed(gathered: tuple[Event, list[Person]]) -> list[Person]:
    """Three people on the wall; the first two agreed to be in what others download."""
    people = gathered[1]
    for person in people[:2]:
        agree(person)
    return people


@pytest.fixture
def plain(service: Service) -> Event:
    """An event in whose picture and photos nothing is magenta; its three people agreed."""
    event = service.open_event(target=(io.BytesIO(photo_bytes("green", (320, 200))), "target.jpg"))
    for colour in ("green", "blue", "grey"):
        event.join().send(photo_bytes(colour), name=colour, keepsake="1")
    service.run_jobs()
    return event


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """Files made in no time, for tests of everything but the drawing. Holds the orders that were carried out."""
    carried_out: list[Order] = []

    def render(_shop: object, order: Order, path: Path, progress: Progress) -> Made:
        carried_out.append(order)
        progress(0.5)
        path.write_bytes(b"a picture of " + b",".join(str(each).encode() for each in sorted(order.keys)))
        return Made(400, 300)

    monkeypatch.setattr(rendering, "render", render)
    return carried_out


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Films of a second, for tests of what they show."""
    monkeypatch.setattr(timelapse, "SHORTEST", 1.0)
    monkeypatch.setattr(timelapse, "CLOSING_FRAMES", 15)


def test_who_wants_to_be_whole_is_taken_out_of_prints_that_may_show_a_part_of_them(
    service: Service, event: Event, agreed: list[Person]
) -> None:
    host = event.host()
    ask(host)
    service.run_jobs()
    assert (listed(host)[0]["state"], len(files(service))) == ("done", 1)
    agreed[2].call("PATCH", "/api/me", json={"only_whole": True})  # is not in it
    assert listed(host)[0]["state"] == "done"
    agreed[0].call("PATCH", "/api/me", json={"only_whole": True})
    assert (listed(host)[0]["state"], files(service)) == ("failed", [])
    ask(host)
    service.run_jobs()
    assert listed(host)[0]["state"] == "done"


# ---- the poster -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "kind"), [("png", "image/png"), ("jpeg", "image/jpeg"), ("pdf", "application/pdf")]
)
def test_a_host_makes_a_poster_and_downloads_it(
    service: Service, event: Event, agreed: list[Person], form: str, kind: str
) -> None:
    host = event.host()
    before = host.get("/api/host/prints")
    assert before["people"] == {"inside": 2, "all": 3}
    assert before["sizes"] == [100, 150, 200, 300, 375]
    assert ask(host, form=form)["state"] == "queued"
    service.run_jobs()
    made = listed(host)[0]
    assert (made["state"], made["progress"], made["inside"], made["all"]) == ("done", 100, 2, 3)
    with service.client.get(made["url"]) as answer:
        assert answer.content_type == kind
        name = f"Spring Summit poster.{'jpg' if form == 'jpeg' else form}"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        data = bytes(answer.data)
    assert len(data) == made["size"]
    if form == "pdf":
        with pikepdf.open(io.BytesIO(data)) as pdf:
            box = [float(each) for each in pdf.pages[0].mediabox]
            assert box == [0, 0, 4000 * 72 / 300, 2500 * 72 / 300]
            data = bytes(pdf.pages[0].Resources.XObject.Wall.read_raw_bytes())
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (4000, 2500) == (made["width"], made["height"])
        assert [round(each) for each in image.info["dpi"]] == [300, 300]


def test_a_poster_shows_only_those_who_agreed(service: Service, plain: Event) -> None:
    shy = plain.join()
    shy.send(magenta(), name="Shy")
    service.run_jobs()
    host = plain.host()
    for agrees in (False, True):
        agree(shy, agrees)
        ask(host, form="png")
        service.run_jobs()
        pixels = opened(download(service, listed(host)[0]))
        assert shows_magenta(pixels) is agrees
        assert listed(host)[0]["inside"] == 3 + agrees


def test_a_poster_of_large_cells_is_drawn_from_the_masters_as_they_were_cropped(
    service: Service, event: Event
) -> None:
    """A photo whose right end is green: cropped there, a large cell is green."""
    pixels = np.zeros((700, 1000, 3), np.uint8)
    pixels[:] = (200, 40, 40)
    pixels[:, 300:] = (40, 160, 60)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    person = event.join()
    person.send(stream.getvalue(), crop_x="1", keepsake="1")
    service.run_jobs()
    order = _order(service, cell_px=600)
    square = rendering._thumbs(service.shop, order, 600)(person.photo()["id"], 600)
    assert square.shape == (600, 600, 3)
    assert np.abs(square.astype(int) - (40, 160, 60)).mean() < 3


def _order(service: Service, **values: Any) -> Order:
    """What a maker would take on now, for the only wall."""
    with service.shop.database.write() as session:
        made = Print(wall_id=1, key="0" * 32, kind=PrintKind.POSTER, form="png", **values)
        session.add(made)
    order = printing._take_on(service.shop, made.id)
    assert order is not None
    return order


def test_one_poster_is_made_at_a_time_and_a_new_one_replaces_the_old(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    host = event.host()
    ask(host)
    again = host.call("POST", "/api/host/prints", json={"kind": "poster", "form": "png", "cell_px": 100})
    assert (again.status_code, error_of(again)["code"]) == (409, "under_way")
    service.run_jobs()
    ask(host)
    ask(host, "timelapse", "mp4")
    service.run_jobs()
    assert [(each["kind"], each["state"]) for each in listed(host)] == [
        ("timelapse", "done"),
        ("poster", "done"),
    ]
    assert len(files(service)) == 2
    assert len(quick) == 3


@pytest.mark.parametrize(
    ("wish", "status", "field"),
    [
        ({"kind": "poster", "form": "png", "cell_px": 101}, 422, "cell_px"),
        ({"kind": "poster", "form": "png", "cell_px": "100"}, 422, "cell_px"),
        ({"kind": "poster", "form": "bmp", "cell_px": 100}, 422, "form"),
        ({"kind": "timelapse", "form": "png"}, 422, "form"),
        ({"kind": "keepsake", "form": "jpeg"}, 422, "kind"),
        ({}, 422, "kind"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_with_words(
    event: Event, agreed: list[Person], wish: dict[str, Any], status: int, field: str
) -> None:
    answer = event.host().call("POST", "/api/host/prints", json=wish)
    assert (answer.status_code, error_of(answer)["field"]) == (status, field)


def test_an_empty_wall_and_one_of_which_nobody_agreed_are_told_apart(service: Service, event: Event) -> None:
    host = event.host()
    wish = {"kind": "timelapse", "form": "mp4"}
    assert error_of(host.call("POST", "/api/host/prints", json=wish))["code"] == "empty"
    event.with_photos(1)
    assert error_of(host.call("POST", "/api/host/prints", json=wish))["code"] == "nobody"
    assert host.get("/api/host/prints")["people"] == {"inside": 0, "all": 1}


def test_only_the_host_of_the_event_makes_sees_and_deletes_its_prints(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    made = ask(event.host())
    service.run_jobs()
    stranger = service.open_event(name="Elsewhere").host()
    for person in (agreed[0], event.stage()):
        assert person.call("GET", "/api/host/prints").status_code == 403
        assert person.call("POST", "/api/host/prints", json={"kind": "poster"}).status_code == 403
        assert person.call("DELETE", f"/api/host/prints/{made['id']}").status_code == 403
    assert stranger.get("/api/host/prints")["prints"] == []
    assert stranger.call("DELETE", f"/api/host/prints/{made['id']}").status_code == 404
    theirs = keepsake_of(service, agreed[0])
    assert event.host().call("DELETE", f"/api/host/prints/{theirs['id']}").status_code == 404
    assert service.client.get("/api/host/prints").status_code == 401
    assert len(files(service)) == 2


def test_a_download_that_broke_off_goes_on_where_it_was(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    ask(event.host())
    service.run_jobs()
    made = listed(event.host())[0]
    whole = download(service, made)
    with service.client.get(made["url"], headers={"Range": "bytes=5-9"}) as answer:
        assert (answer.status_code, answer.data) == (206, whole[5:10])


@pytest.mark.parametrize("name", ["x.png", f"{'0' * 32}.png", f"{'0' * 32}.svg", "..%2f..%2fsecret.key"])
def test_an_address_that_was_never_given_out_leads_nowhere(service: Service, name: str) -> None:
    assert service.client.get(f"/media/prints/{name}").status_code == 404


def test_a_file_is_called_by_the_event_in_any_script(service: Service, quick: list[Order]) -> None:
    event = service.open_event(name='Кофе "чай" / ☕ 休憩')
    agree(event.with_photos(1)[0])
    ask(event.host())
    service.run_jobs()
    with service.client.get(listed(event.host())[0]["url"]) as answer:
        disposition = answer.headers["Content-Disposition"]
    assert "filename*=UTF-8''" in disposition
    assert all(each not in disposition.replace("UTF-8''", "") for each in ("/", "\\", "%2F", "%22"))


# ---- somebody leaves ------------------------------------------------------------------------------------------------


def no_more(person: Person) -> None:
    agree(person, False)


def withdraw(person: Person) -> None:
    assert person.call("DELETE", f"/api/photos/{person.photo()['id']}").status_code == 202


@pytest.mark.parametrize("leave", [no_more, withdraw])
def test_a_print_is_gone_at_once_when_somebody_in_it_leaves(
    service: Service, event: Event, agreed: list[Person], quick: list[Order], leave: Callable[[Person], None]
) -> None:
    host = event.host()
    ask(host)
    ask(host, "timelapse", "mp4")
    service.run_jobs()
    mine = keepsake_of(service, agreed[2])
    addresses = [each["url"] for each in (*listed(host), mine)]
    assert len(files(service)) == 3
    leave(agreed[0])
    assert files(service) == []
    for address in addresses:
        answer = service.client.get(address)
        assert answer.status_code == 404
        assert "somebody in it took their photo back" in answer.text
    for made in (*listed(host), agreed[2].get("/api/me/keepsake")["print"]):
        assert (made["state"], made["error"]["code"], made["url"]) == ("failed", "withdrawn", None)


def test_a_print_stays_when_somebody_leaves_who_is_not_in_it(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    ask(event.host())
    service.run_jobs()
    withdraw(agreed[2])
    service.run_jobs()
    assert download(service, listed(event.host())[0])


@pytest.mark.usefixtures("short")
def test_no_pixel_of_somebody_who_left_stays_in_any_file(service: Service, plain: Event) -> None:
    ada = plain.join()
    ada.send(magenta(), name="Ada", story="a line that nobody else would write", keepsake="1")
    service.run_jobs()
    key = ada.photo()["key"]
    host = plain.host()
    ask(host, form="png")
    ask(host, "timelapse", "mp4")
    service.run_jobs()
    mine = keepsake_of(service, ada)
    assert shows_magenta(opened(download(service, mine)))
    assert shows_magenta(_pixels(_frames(download(service, listed(host)[0]))[-1]))
    withdraw(ada)
    service.run_jobs()
    sweeper.tidy(service.shop, time.time())
    left = {path: path.read_bytes() for path in service.settings.data_folder.rglob("*") if path.is_file()}
    for path, data in left.items():
        assert key not in path.name
        assert path.suffix not in (".png", ".mp4", ".part"), path
        if path.suffix in (".jpg", ".jpeg"):
            assert not shows_magenta(opened(data)), path
    # What is made from now on, the film of the past included, does not show her either.
    ask(host, form="png")
    ask(host, "timelapse", "mp4")
    service.run_jobs()
    film, poster = listed(host)
    assert not shows_magenta(opened(download(service, poster)))
    assert not any(shows_magenta(_pixels(frame)) for frame in _frames(download(service, film))[::6])


def test_a_print_begins_anew_when_somebody_leaves_while_it_is_made(
    service: Service, event: Event, agreed: list[Person], quick: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    render = rendering.render

    def leaving(shop: Any, order: Order, path: Path, progress: Progress) -> Made:
        made = render(shop, order, path, progress)
        if len(quick) == 1:
            no_more(agreed[0])
        return made

    monkeypatch.setattr(rendering, "render", leaving)
    ask(event.host())
    service.run_jobs()
    made = listed(event.host())[0]
    assert (made["state"], made["inside"]) == ("done", 1)
    assert download(service, made) == f"a picture of {agreed[1].photo()['id']}".encode()
    assert len(quick) == 2
    assert len(files(service)) == 1


def test_a_file_is_not_handed_out_even_if_nobody_heard_that_somebody_left(
    service: Service, event: Event, agreed: list[Person], quick: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(event.host())
    service.run_jobs()
    made = listed(event.host())[0]
    monkeypatch.setattr(
        "plugin.web.views.panel.inside.forget_outdated", lambda *_: 0
    )  # the web died just then
    no_more(agreed[0])
    assert len(files(service)) == 1
    monkeypatch.undo()
    assert service.client.get(made["url"]).status_code == 404
    assert files(service) == []


def test_the_sweeper_deletes_what_nobody_else_did(
    service: Service, event: Event, agreed: list[Person], quick: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(event.host())
    service.run_jobs()
    service.shop.storage.put(f"prints/{'f' * 32}.png", b"of a maker that was killed")
    with monkeypatch.context() as patch:
        patch.setattr("plugin.web.views.panel.inside.forget_outdated", lambda *_: 0)
        no_more(agreed[0])
    sweeper.tidy(service.shop, time.time())
    assert files(service) == []


# ---- the job --------------------------------------------------------------------------------------------------------


def test_a_job_that_runs_twice_makes_one_file(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    made = ask(event.host())
    jobs.make_print(made["id"])
    jobs.make_print(made["id"])
    service.run_jobs()
    assert len(quick) == 1
    assert len(files(service)) == 1
    jobs.make_print(999)


def test_a_lost_job_is_asked_for_again(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    ask(event.host())
    assert agreed[2].call("POST", "/api/me/keepsake", json={}).status_code == 202
    service.shop.jobs._redis.flushall()
    assert sweeper.sweep(service.shop, time.time() + 1) == 2
    assert sweeper.sweep(service.shop, time.time() + 1) == 0  # they are under way
    service.run_jobs()
    assert listed(event.host())[0]["state"] == "done"
    assert agreed[2].get("/api/me/keepsake")["print"]["state"] == "done"


def test_a_maker_that_fell_silent_is_replaced_and_one_at_work_is_not(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    made = ask(event.host())
    first = printing._take_on(service.shop, made["id"])
    assert first is not None
    service.shop.jobs._redis.flushall()
    assert printing._take_on(service.shop, made["id"]) is None
    assert sweeper.sweep(service.shop, time.time() + 1) == 0
    silent_since(service, made["id"])
    assert sweeper.sweep(service.shop, time.time() + 1) == 1
    service.run_jobs()
    assert listed(event.host())[0]["state"] == "done"
    assert printing._finish(service.shop, first, Made(1, 1), 1) is None  # it wakes up, too late
    assert listed(event.host())[0]["width"] == 400


def silent_since(service: Service, print_id: int) -> None:
    with service.shop.database.write() as session:
        long_ago = time.time() - prints.SILENT_SECONDS - 1
        session.execute(update(Print).where(Print.id == print_id).values(touched_at=long_ago))


def test_what_takes_its_maker_down_three_times_is_given_up_with_words(
    service: Service, event: Event, agreed: list[Person]
) -> None:
    made = ask(event.host())
    for _ in range(3):
        assert printing._take_on(service.shop, made["id"]) is not None
        silent_since(service, made["id"])
    assert printing._take_on(service.shop, made["id"]) is None
    failed = listed(event.host())[0]
    assert (failed["state"], failed["error"]["code"]) == ("failed", "lost")
    assert "three times" in failed["error"]["message"]
    ask(event.host())  # the failed one makes room
    assert [each["state"] for each in listed(event.host())] == ["queued"]


def test_cancelling_stops_the_maker_and_leaves_nothing(
    service: Service, event: Event, agreed: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ask(event.host())
    heard = []

    def render(_shop: object, order: Order, path: Path, progress: Progress) -> Made:
        path.write_bytes(b"half a poster")
        assert event.host().call("DELETE", f"/api/host/prints/{order.id}").status_code == 200
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            heard.append(1)
            progress(0.4)
            time.sleep(0.05)
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(rendering, "render", render)
    service.run_jobs()
    assert heard
    assert listed(event.host()) == []
    assert files(service) == []
    assert list((service.settings.data_folder / "files" / ".halves").iterdir()) == []
    assert event.host().call("DELETE", f"/api/host/prints/{made['id']}").status_code == 404


def test_the_bar_moves_while_it_is_made(
    service: Service, event: Event, agreed: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []

    def render(_shop: object, _order: Order, path: Path, progress: Progress) -> Made:
        progress(0.37)
        give_up = time.monotonic() + 20
        while not (seen and seen[-1]["progress"]) and time.monotonic() < give_up:
            seen.append(listed(event.host())[0])
            time.sleep(0.05)
        path.write_bytes(b"whole")
        return Made(1, 1)

    monkeypatch.setattr(rendering, "render", render)
    ask(event.host())
    service.run_jobs()
    assert (seen[-1]["state"], seen[-1]["progress"], seen[-1]["url"]) == ("working", 37, None)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("no space left"), "not_written"),
        (MemoryError(), "too_large"),
        (printing.JobTimeoutException(), "too_long"),
        (Failed("not_installed"), "not_installed"),
        (ValueError("a fault of ours"), "broken"),
    ],
)
def test_what_goes_wrong_is_said_in_words_and_leaves_no_file(
    service: Service,
    event: Event,
    agreed: list[Person],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: str,
) -> None:
    def render(_shop: object, _order: Order, path: Path, _progress: Progress) -> Made:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(rendering, "render", render)
    ask(event.host())
    service.run_jobs()
    failed = listed(event.host())[0]
    assert (failed["state"], failed["error"]["code"]) == ("failed", code)
    assert failed["error"]["message"] == prints.WORDS_OF_FAILURE[code]
    assert files(service) == []
    assert sweeper.sweep(service.shop, time.time() + 1) == 0


def test_prints_go_after_seven_days_and_keepsakes_after_one(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    ask(event.host())
    keepsake_of(service, agreed[2])
    day = 86_400
    made = listed(event.host())[0]
    assert made["until"] == pytest.approx(time.time() + 7 * day, abs=60)
    for days, left in ((0.9, 2), (1.1, 1), (6.9, 1), (7.1, 0)):
        sweeper.tidy(service.shop, time.time() + days * day)
        assert len(files(service)) == left
    assert listed(event.host()) == []
    assert service.client.get(made["url"]).status_code == 404


def test_wishes_survive_without_redis(service: Service, event: Event, agreed: list[Person]) -> None:
    gone = Jobs(connect("redis://127.0.0.1:1/0"))
    wish = prints.Wish(PrintKind.POSTER, "jpeg", 100)
    assert prints.ask(service.shop.database, gone, 1, wish)["state"] == "queued"
    assert not gone.make_print(1, quick=True)
    gone.close()
    service.shop.jobs._redis.flushall()
    assert sweeper.sweep(service.shop, time.time() + 1) == 1


# ---- what the server lacks ------------------------------------------------------------------------------------------


def test_a_server_without_the_print_extra_says_what_to_install(
    event: Event, agreed: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_can_be_made, "is_installed", lambda _module: False)
    host = event.host()
    offers = host.get("/api/host/prints")["offers"]
    assert offers["poster"]["forms"] == offers["keepsake"]["forms"] == []
    for words in (
        offers["poster"]["missing"],
        offers["timelapse"]["note"],
        error_of(host.call("POST", "/api/host/prints", json={"kind": "poster"}))["message"],
        agreed[0].get("/api/me/keepsake")["missing"],
        error_of(agreed[0].call("POST", "/api/me/keepsake", json={}))["message"],
    ):
        assert "pip install 'virtual-mosaic[print]'" in words


def test_without_pikepdf_there_is_no_pdf_and_everything_else(
    event: Event, agreed: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_can_be_made, "is_installed", lambda module: module != "pikepdf")
    offer = event.host().get("/api/host/prints")["offers"]["poster"]
    assert offer["forms"] == ["png", "jpeg"]
    assert "PDF" in offer["note"]


@pytest.mark.parametrize("error", [ImportError("no pyvips"), OSError("libvips.so.42 is missing")])
def test_a_package_that_cannot_be_loaded_is_told_as_missing(error: Exception) -> None:
    with pytest.raises(Failed, match="not_installed"), rendering._needed():
        raise error


@pytest.mark.usefixtures("short")
def test_without_an_encoder_the_film_is_an_animated_webp(
    service: Service, event: Event, agreed: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_can_be_made, "is_installed", lambda module: module != "av")
    host = event.host()
    assert host.get("/api/host/prints")["offers"]["timelapse"]["forms"] == ["webp"]
    ask(host, "timelapse", "webp")
    service.run_jobs()
    with Image.open(io.BytesIO(download(service, listed(host)[0]))) as film:
        assert (film.format, film.size, film.is_animated) == ("WEBP", (640, 400), True)
        assert film.n_frames > 3  # of those that differ


# ---- the time-lapse -------------------------------------------------------------------------------------------------


def _frames(data: bytes) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(data)) as film:
        return list(film.decode(video=0))


def _pixels(frame: av.VideoFrame) -> np.ndarray[Any, Any]:
    return frame.to_ndarray(format="rgb24")


@pytest.mark.usefixtures("short")
def test_the_film_begins_with_an_empty_wall_and_ends_with_the_finished_one(
    service: Service, event: Event
) -> None:
    for _ in range(3):
        agree(event.with_photos(1)[0])
    host = event.host()
    assert host.call("POST", "/api/host/reveal", json={"revealed": True, "notice": 0}).status_code == 200
    service.run_jobs()
    ask(host, "timelapse", "mp4")
    service.run_jobs()
    frames = _frames(download(service, listed(host)[0]))
    assert (frames[0].width, frames[0].height) == (1280, 796)
    overview = service.client.get(host.get("/api/wall")["overview"]["url"]).data
    with Image.open(io.BytesIO(overview)) as image:
        finished = np.asarray(image.convert("RGB").resize((64, 40), Image.Resampling.BOX), int)
    ends = np.asarray(frames[-1].to_image().resize((64, 40), Image.Resampling.BOX), int)
    begins = np.asarray(frames[0].to_image().resize((64, 40), Image.Resampling.BOX), int)
    assert np.abs(ends - finished).mean() < 8
    assert np.abs(begins - finished).mean() > 20


@pytest.mark.usefixtures("short")
def test_a_log_of_before_that_lacks_the_grids_makes_a_film_all_the_same(
    service: Service, event: Event, agreed: list[Person]
) -> None:
    with service.shop.database.write() as session:
        for change in session.scalars(select(Change)):
            body = printing_json(change.body)
            body.pop("grid", None)
            change.body = rendering.json.dumps(body)
    ask(event.host(), "timelapse", "mp4")
    service.run_jobs()
    assert len(_frames(download(service, listed(event.host())[0]))) > 50


def printing_json(body: str) -> dict[str, Any]:
    found: dict[str, Any] = rendering.json.loads(body)
    return found


# ---- the keepsake ---------------------------------------------------------------------------------------------------


def test_a_keepsake_shows_ones_own_photo_to_its_owner_only(service: Service, plain: Event) -> None:
    other, shy = plain.join(), plain.join()
    other.send(photo_bytes("red"))
    shy.send(magenta(), name="Shy", story="Nobody else has me")
    service.run_jobs()
    own = keepsake_of(service, shy)
    page = opened(download(service, own))
    assert page.shape[:2] == (own["height"], own["width"])
    wall = page[:, :1980]
    assert shows_magenta(page[:, 1980:])
    assert shows_magenta(wall)  # in its home
    assert not shows_magenta(opened(download(service, keepsake_of(service, other))))


@pytest.mark.parametrize("name", ["山田花子", "สมชาย ใจดี", "محمد", "Łukasz", "👩‍👩‍👧", "‮evil"])
def test_names_and_stories_in_any_script_make_a_keepsake(service: Service, event: Event, name: str) -> None:
    person = event.join()
    person.send(name=name, story=f"{name} <b>&amp; \u200d x" * 4)
    service.run_jobs()
    assert opened(download(service, keepsake_of(service, person))).shape[1] > 2000


def test_a_keepsake_needs_a_photo_on_the_wall(service: Service, event: Event) -> None:
    answer = event.join().call("POST", "/api/me/keepsake", json={})
    assert (answer.status_code, error_of(answer)["code"]) == (409, "no_photo")


def test_asking_twice_is_one_keepsake_and_a_new_one_replaces_it(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    ada = agreed[0]
    first = ada.call("POST", "/api/me/keepsake", json={}).json["print"]
    assert ada.call("POST", "/api/me/keepsake", json={}).json["print"]["id"] == first["id"]
    service.run_jobs()
    keepsake_of(service, ada)
    assert len(files(service)) == 1
    assert ada.call("DELETE", "/api/me/keepsake").status_code == 200
    assert ada.get("/api/me/keepsake") == {"missing": None, "print": None}
    assert files(service) == []


def test_keepsakes_of_one_wall_share_the_picture_until_it_changes(
    service: Service, event: Event, agreed: list[Person]
) -> None:
    rendering._pictures.clear()
    for person in agreed:
        keepsake_of(service, person)
    assert len(rendering._pictures) == 1
    agree(agreed[2])
    keepsake_of(service, agreed[0])
    assert len(rendering._pictures) == 2


def test_somebody_who_leaves_while_their_keepsake_is_made_has_none(
    service: Service, event: Event, agreed: list[Person], quick: list[Order]
) -> None:
    assert agreed[2].call("POST", "/api/me/keepsake", json={}).status_code == 202
    withdraw(agreed[2])
    service.run_jobs()
    assert files(service) == []
    with service.shop.database.read() as session:
        assert [each.state for each in session.scalars(select(Print))] == [PrintState.FAILED]


# ---- small parts ----------------------------------------------------------------------------------------------------


@given(st.sets(st.integers(1, 2**32 - 1), max_size=300))
def test_who_is_in_a_print_is_kept_exactly(photo_ids: set[int]) -> None:
    assert unpacked(packed(photo_ids)) == photo_ids
    assert packed(sorted(photo_ids)) == packed(sorted(photo_ids, reverse=True))


@given(st.integers(1, 400), st.integers(1, 400))
def test_there_is_always_a_size_and_none_is_beyond_the_limit_but_the_smallest(
    columns: int, rows: int
) -> None:
    sizes = what_can_be_made.sizes(columns, rows)
    assert sizes == sorted(set(sizes))
    assert sizes[0] == what_can_be_made.FEWEST_CELL_PX
    assert all(px <= what_can_be_made.MOST_CELL_PX for px in sizes)
    assert all(px * max(columns, rows) <= what_can_be_made.LONGEST_PX for px in sizes[1:])
