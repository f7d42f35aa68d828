"""The page that a host shares: who is on it, who sees it, and how long; and posters on paper with a legend."""

import io
import re
import time
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from plugin.state.finish import Print, PrintKind, PrintState, Recap
from plugin.state.models import Wall
from plugin.wall import prints, recaps
from tests.factories import Event, Person, Service, photo_bytes
from tests.test_prints import (
    _frames,
    _pixels,
    agree,
    download,
    listed,
    magenta,
    opened,
    shows_magenta,
)
from worker import sweeper
from worker.prints import timelapse


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Films of a second."""
    monkeypatch.setattr(timelapse, "SHORTEST", 1.0)
    monkeypatch.setattr(timelapse, "CLOSING_FRAMES", 15)


def share(host: Person, status: int = 200) -> str:
    """The path of the page."""
    answer = host.call("POST", "/api/host/recap", json={})
    assert answer.status_code == status, answer.text
    return "/" + answer.json["url"].split("/", 3)[3] if status == 200 else ""


def look(service: Service, path: str, status: int = 200) -> TestResponse:
    answer = service.client.get(path, buffered=True)
    assert answer.status_code == status, answer.text
    return answer


def picture(service: Service, path: str) -> np.ndarray[Any, Any]:
    (address,) = re.findall(r'<img src="([^"]+/picture[^"]*)"', look(service, path).text)
    return opened(look(service, address).data)


def film(service: Service, path: str) -> bytes:
    return look(service, f"{path}/film").data


@pytest.fixture
def agreed(service: Service) -> tuple[Event, list[Person]]:
    """Three people on the wall; the first two agreed to be in what others keep."""
    event, people = service.wall_with(3)
    for person in people[:2]:
        agree(person)
    return event, people


def later(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweeper comes round once more than a minute later."""
    monkeypatch.setattr(recaps, "AGAIN_SECONDS", 0.0)
    sweeper.sweep(service.shop, 0)
    service.run_jobs()


def test_a_page_has_the_picture_the_film_and_the_numbers(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    event, _ = agreed
    path = share(event.host())
    assert "is being made" in look(service, path).text
    service.run_jobs()
    page = look(service, path)
    assert "Spring Summit" in page.text
    assert "<b>3</b> people made this picture" in page.text
    assert "2 of 3 people are shown here" in page.text
    assert "Story number" not in page.text
    assert "Person " not in page.text
    assert picture(service, path).shape[1] > 1900
    assert film(service, path)[4:8] == b"ftyp"


def test_where_everybody_agreed_nothing_is_said_about_others(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    event, people = agreed
    agree(people[2])
    path = share(event.host())
    service.run_jobs()
    assert "<b>3</b> people made this picture" in look(service, path).text
    assert "people are shown here" not in look(service, path).text


def test_search_engines_are_sent_away_and_nothing_is_kept_on_the_way(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    path = share(agreed[0].host())
    service.run_jobs()
    for address in (path, f"{path}/picture", f"{path}/film"):
        headers = look(service, address).headers
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex' in look(service, path).text


def test_the_link_cannot_be_guessed_and_is_taken_back(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    hanna = agreed[0].host()
    path = share(hanna)
    assert re.fullmatch(r"/r/[0-9a-f]{32}", path)
    assert share(hanna) == path
    service.run_jobs()
    assert hanna.call("DELETE", "/api/host/recap").json == {"url": None}
    for address in (path, f"{path}/picture", f"{path}/film", "/r/" + "0" * 32, "/r/1", f"{path}/poster"):
        look(service, address, 404)
    assert share(hanna) != path
    look(service, path, 404)


def test_only_a_host_shares(service: Service, agreed: tuple[Event, list[Person]]) -> None:
    ada = agreed[1][0]
    for method in ("GET", "POST", "DELETE"):
        assert ada.call(method, "/api/host/recap").status_code == 403
    with service.shop.database.read() as session:
        assert session.scalar(select(Recap)) is None


def test_without_anybody_who_agreed_there_is_nothing_to_share(service: Service) -> None:
    event, _ = service.wall_with(3)
    share(event.host(), 409)


def test_no_pixel_of_somebody_who_said_no_is_on_the_page_or_on_paper(service: Service) -> None:
    event = service.open_event(target=(io.BytesIO(photo_bytes("green", (320, 200))), "target.jpg"))
    for colour in ("green", "blue", "grey"):
        event.join().send(photo_bytes(colour), name=colour, keepsake="1")
    shy = event.join()
    shy.send(magenta(), name="Shy", keepsake="0")
    service.run_jobs()
    hanna = event.host()
    path = share(hanna)
    wish = {"kind": "poster", "form": "jpeg", "paper": "a4", "titled": True, "day": "2026-11-29"}
    assert hanna.call("POST", "/api/host/prints", json=wish).status_code == 202
    service.run_jobs()
    paper = opened(download(service, listed(hanna)[0]))
    assert not shows_magenta(paper)
    assert not shows_magenta(picture(service, path))
    assert not shows_magenta(opened(look(service, f"{path}/poster").data))
    assert not any(shows_magenta(_pixels(frame)) for frame in _frames(film(service, path))[::6])
    agree(shy)  # the search finds it where it is
    assert hanna.call("POST", "/api/host/prints", json=wish).status_code == 202
    service.run_jobs()
    assert shows_magenta(opened(download(service, listed(hanna)[0])))


def test_whoever_changes_their_mind_leaves_the_page_at_once_and_it_is_made_anew(
    service: Service, agreed: tuple[Event, list[Person]], monkeypatch: pytest.MonkeyPatch
) -> None:
    event, people = agreed
    path = share(event.host())
    service.run_jobs()
    picture(service, path)
    agree(people[0], yes=False)
    assert "is being made" in look(service, path).text
    look(service, f"{path}/picture", 404)
    look(service, f"{path}/film", 404)
    later(service, monkeypatch)
    assert "1 of 3 people are shown here" in look(service, path).text
    assert film(service, path)
    agree(people[1], yes=False)
    later(service, monkeypatch)
    page = look(service, path).text
    assert "is being made" not in page  # nobody is left who could be on it
    assert "<b>3</b> people made this picture" in page


def test_whoever_agrees_later_comes_onto_the_page_by_itself(
    service: Service, agreed: tuple[Event, list[Person]], monkeypatch: pytest.MonkeyPatch
) -> None:
    event, people = agreed
    path = share(event.host())
    service.run_jobs()
    agree(people[2])
    sweeper.sweep(service.shop, 0)
    service.run_jobs()
    assert "2 of 3" in look(service, path).text  # not with every one of thousands
    later(service, monkeypatch)
    page = look(service, path).text
    assert 'class="recap-picture"' in page
    assert "2 of 3" not in page  # all three are in it
    assert sweeper.sweep(service.shop, 0) == 0  # and then nothing is made any more


def test_what_is_on_the_page_stays_as_long_as_the_page(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    event, _ = agreed
    hanna = event.host()
    path = share(hanna)
    service.run_jobs()
    old = time.time() - 100 * 86_400
    with service.shop.database.write() as session:
        session.execute(update(Print).values(touched_at=old))
        session.execute(update(Wall).values(changed_at=old))
        session.execute(update(Print).values(asked_at=old + 1))
    sweeper.tidy(service.shop, time.time())
    assert picture(service, path).size
    assert film(service, path)
    hanna.call("DELETE", "/api/host/recap")
    sweeper.tidy(service.shop, time.time())
    with service.shop.database.read() as session:
        assert session.scalars(select(Print)).all() == []
    assert not service.shop.storage.names("prints")


def test_a_page_that_lost_its_pictures_job_gets_it_all_the_same(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    path = share(agreed[0].host())
    service.shop.jobs._redis.flushall()
    sweeper.sweep(service.shop, time.time() + 60)
    service.run_jobs()
    assert picture(service, path).size


def test_a_failure_of_ours_is_not_tried_again_all_the_time(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    share(agreed[0].host())
    with service.shop.database.write() as session:
        session.execute(update(Print).values(state=PrintState.FAILED, error="broken"))
    assert recaps.keep_up(service.shop.database, service.shop.jobs, time.time()) == 0
    assert recaps.keep_up(service.shop.database, service.shop.jobs, time.time() + 3601) == 2


def test_the_desk_does_not_list_the_pages_picture_as_a_print_of_its_own(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    hanna = agreed[0].host()
    share(hanna)
    service.run_jobs()
    assert [each["kind"] for each in listed(hanna)] == ["timelapse"]


# ---- on paper -------------------------------------------------------------------------------------------------------


def test_a_host_gets_a_pdf_of_the_paper_with_the_event_the_day_and_the_people(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    hanna = agreed[0].host()
    wish = {"kind": "poster", "form": "pdf", "paper": "a4", "titled": True, "day": "2026-11-29"}
    answer = hanna.call("POST", "/api/host/prints", json=wish)
    assert answer.status_code == 202, answer.text
    with service.shop.database.read() as session:
        made = session.scalars(select(Print)).one()
    assert (made.paper, made.titled, made.caption) == (
        "a4",
        True,
        "November 29, 2026 · 3 people made this picture",
    )
    service.run_jobs()
    (done,) = listed(hanna)
    assert (done["width"], done["height"]) == (3508, 2480)
    with pikepdf.open(io.BytesIO(download(service, done))) as pdf:
        assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [842, 595]


def test_the_legend_is_in_the_hosts_language_and_may_be_left_out(
    service: Service, agreed: tuple[Event, list[Person]]
) -> None:
    hanna = agreed[0].host()
    for wish, expected in (
        ({"titled": True, "day": "2026-11-29"}, "29. November 2026 · 3 Menschen"),
        ({"titled": False}, ""),
    ):
        body = {"kind": "poster", "form": "jpeg", "paper": "letter"} | wish
        answer = hanna.call("POST", "/api/host/prints", json=body, headers={"Accept-Language": "de"})
        assert answer.status_code == 202, answer.text
        with service.shop.database.read() as session:
            newest = session.scalars(select(Print).order_by(Print.id.desc())).first()
        assert newest is not None
        assert newest.caption.startswith(expected)
        assert newest.titled is wish["titled"]
        service.run_jobs()
    with Image.open(io.BytesIO(download(service, listed(hanna)[0]))) as image:
        assert image.size == (3300, 2550)


def test_the_legend_is_in_the_events_language_where_it_has_one(agreed: tuple[Event, list[Person]]) -> None:
    hanna = agreed[0].host()
    hanna.call("PATCH", "/api/host/event", json={"language": "fr"})
    body = {"kind": "poster", "form": "jpeg", "paper": "letter", "titled": True, "day": "2026-11-29"}
    made = hanna.call("POST", "/api/host/prints", json=body, headers={"Accept-Language": "de"})
    assert made.status_code == 202, made.text
    with hanna.service.shop.database.read() as session:
        newest = session.scalars(select(Print).order_by(Print.id.desc())).first()
    assert newest is not None
    assert newest.caption.startswith("29 novembre 2026")


@pytest.mark.parametrize(
    "wish", [{"paper": "a5"}, {"paper": "a4", "titled": 1}, {"paper": "a4", "titled": True, "day": "soon"}]
)
def test_another_paper_or_day_is_refused(agreed: tuple[Event, list[Person]], wish: dict[str, object]) -> None:
    body = {"kind": "poster", "form": "jpeg"} | wish
    assert agreed[0].host().call("POST", "/api/host/prints", json=body).status_code == 422


def test_every_kind_of_print_has_its_time_and_its_words() -> None:
    for kind in PrintKind:
        assert prints.KEPT_SECONDS[kind]
        assert prints.FILE_WORDS[kind]
