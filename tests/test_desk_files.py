"""What a host takes along: tables that spreadsheets open, and names and photos of those alone who said so."""

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from sqlalchemy import update

from plugin.state.keys import thumb_key
from plugin.state.models import Attendee, Role
from plugin.wall import keeping
from plugin.wall.sheets import Sheet, as_csv, as_xlsx
from plugin.web.request.services import EXTENSION, Services
from plugin.web.views import going
from tests.factories import Event, Person, Service
from tests.gatherings import gather

FORMULAS = ('=HYPERLINK("https://evil.example")', "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1")


def known(service: Service) -> Services:
    found: Services = service.app.extensions[EXTENSION]
    return found


def link(host: Person, name: str) -> str:
    answer = host.call("POST", "/api/host/files", json={"name": name})
    assert answer.status_code == 200, answer.text
    return str(answer.json["url"])


def saved(service: Service, host: Person, name: str) -> bytes:
    """As the browser saves it, which knows no token."""
    answer = service.client.get(link(host, name))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.data


def book(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def keep(person: Person, yes: bool = True) -> None:
    assert person.call("PATCH", "/api/me", json={"host_keeps": yes}).status_code == 200


def names_in(service: Service, event: Event) -> list[str]:
    return [row[0] for row in table(saved(service, event.host(), "people.csv"))[1:]]


# ---- formulas -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMULAS)
def test_a_name_that_looks_like_a_formula_is_text(name: str) -> None:
    sheets = [Sheet("People", ("Name", "Number"), [(name, 7)])]
    page = book(as_xlsx(sheets))["People"]
    assert (page["A2"].data_type, page["B2"].data_type) == ("s", "n")
    assert str(page["A2"].value).replace("_x000D_", "\r") == name
    cell = table(as_csv(sheets))[1][0]
    assert cell[0] == "'"
    assert cell[1:] == " ".join(name.split())


def test_people_are_called_what_they_like_and_no_cell_of_theirs_is_a_formula(service: Service) -> None:
    event = service.open_event(work=False)
    for person, name in zip(gather(service, len(FORMULAS), event, host_keeps=True), FORMULAS, strict=True):
        with known(service).database.write() as session:
            session.execute(update(Attendee).where(Attendee.id == person.id).values(name=name))
    page = book(saved(service, event.host(), "people.xlsx")).worksheets[0]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}
    assert [name[0] for name in names_in(service, event)] == ["'"] * len(FORMULAS)


# ---- the numbers ----------------------------------------------------------------------------------------------------


def test_the_numbers_of_the_desk_are_those_of_its_tables(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben, cleo, *_ = gather(service, 12, event)
    for one, other in ((ada, ben), (ben, cleo)):
        other.answer(one.say(other)["id"])
    told = event.host().get("/api/host/numbers")
    pages = book(saved(service, event.host(), "numbers.xlsx"))
    rows = {row[0]: row[1:] for row in pages.worksheets[0].iter_rows(values_only=True)}
    assert rows["People who came"] == (told["people"]["came"], None) == (12, None)
    assert rows["People who added a photo"] == (12, 12)
    assert rows["People who met somebody"] == ("fewer than 5", 12)
    assert rows["Photos on the wall"] == (told["now"]["placed"], None)
    as_text = table(saved(service, event.host(), "numbers.csv"))
    assert ["People who came", "12", ""] in as_text
    assert [row[0] for row in as_text if len(row) == 1] == [page.title for page in pages.worksheets]


def test_tables_speak_the_hosts_language(service: Service) -> None:
    event = service.open_event(work=False)
    host = event.host()
    answer = host.call(
        "POST", "/api/host/files", json={"name": "people.csv"}, headers={"Accept-Language": "de"}
    )
    page = service.client.get(answer.json["url"], headers={"Accept-Language": "fr"})
    assert table(page.data)[0][0] == "Name"
    assert "Gekommen (UTC)" in table(page.data)[0]


# ---- people ---------------------------------------------------------------------------------------------------------


def test_only_those_who_chose_it_are_listed_and_no_other_consent_stands_for_it(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben, cleo = gather(service, 3, event)
    everything: dict[str, Any] = {"keepsake": True, "stage": "named", "stage_public": True, "greeter": True}
    cleo.call("PATCH", "/api/me", json=everything)
    assert names_in(service, event) == []
    keep(ada)
    keep(ben)
    assert names_in(service, event) == ["Ada", "Ben"]
    keep(ada, False)
    assert names_in(service, event) == ["Ben"]
    assert event.host().get("/api/host/numbers")["keeping"] == 1


def test_the_list_says_when_they_came_and_nothing_about_whom_they_met(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event, host_keeps=True)
    ben.answer(ada.say(ben)["id"])
    ada.call("POST", "/api/report", json={"photo": ben.photo_id, "reason": "spam"})
    ada.call("POST", "/api/block", json={"photo": ben.photo_id})
    header, *rows = table(saved(service, event.host(), "people.csv"))
    assert header == ["Name", "Came (UTC)", "Photo on the wall (UTC)", "File of the photo"]
    assert [row[0] for row in rows] == ["Ada", "Ben"]
    assert rows[1][1].startswith("20")


def test_whoever_was_taken_out_or_erased_themselves_is_not_in_it(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben, _ = gather(service, 3, event, host_keeps=True)
    ada.call("DELETE", "/api/me")
    with known(service).database.write() as session:
        session.execute(update(Attendee).where(Attendee.id == ben.id).values(removed_at=1.0))
    assert names_in(service, event) == ["Cleo"]


def test_the_switch_can_be_set_with_the_photo(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = event.join(), event.join()
    ada.send(name="Ada", host_keeps="1")
    ben.send(name="Ben")
    assert names_in(service, event) == ["Ada"]


# ---- photos ---------------------------------------------------------------------------------------------------------


def archive(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_zip_holds_the_photos_of_those_who_chose_it_as_people_saw_them(service: Service) -> None:
    event, people = service.wall_with(3)
    for person in people[:2]:
        keep(person)
    found = archive(saved(service, event.host(), "photos.zip"))
    photos = [person.photo() for person in people[:2]]
    expected = {f"Person {at} {photo['id']}.jpg": photo["key"] for at, photo in enumerate(photos)}
    assert {name: known(service).storage.get(thumb_key(key, 512)) for name, key in expected.items()} == found
    listed = [row[3] for row in table(saved(service, event.host(), "people.csv"))[1:]]
    assert listed == list(found)


def test_whoever_takes_it_back_while_it_is_downloaded_is_not_in_what_comes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 1)
    _, people = service.wall_with(3)
    for person in people:
        keep(person)
    pieces = keeping.photos(known(service).database, known(service).storage, 1)
    first = next(pieces)
    keep(people[1], False)
    found = archive(first + b"".join(pieces))
    assert [name.rpartition(" ")[0] for name in found] == ["Person 0", "Person 2"]


def test_a_zip_comes_piece_by_piece(service: Service) -> None:
    event, people = service.wall_with(3)
    for person in people:
        keep(person)
    answer = service.client.get(link(event.host(), "photos.zip"))
    assert answer.is_streamed
    assert len(list(answer.iter_encoded())) == 4  # one a photo, and the list of them


@pytest.mark.parametrize(
    ("name", "file"),
    [("Ada/../../x", "Ada .. .. x 7.jpg"), ("..", "7.jpg"), ('C:\\"x"', "C x 7.jpg"), ("ا", "ا 7.jpg")],
)
def test_a_name_is_no_path(name: str, file: str) -> None:
    assert keeping.Kept(name, 0.0, 7, "k", 0.0).file_name == file


# ---- whose files they are -------------------------------------------------------------------------------------------


def test_only_hosts_get_files_and_only_those_that_there_are(service: Service) -> None:
    event = service.open_event(work=False)
    (ada,) = gather(service, 1, event)
    assert ada.refused("POST", "/api/host/files", json={"name": "people.csv"}) == "not_host"
    host = event.host()
    for name in ("hellos.csv", "people.zip", "", None):
        assert host.call("POST", "/api/host/files", json={"name": name}).status_code == 422


def test_a_link_to_a_file_is_good_for_a_minute(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    event = service.open_event(work=False)
    address = link(event.host(), "people.csv")
    monkeypatch.setattr(going, "GOOD_SECONDS", -1)
    page = service.client.get(address)
    assert (page.status_code, "good for a minute" in page.text) == (410, True)


def test_a_link_is_good_only_while_who_asked_is_a_host(service: Service) -> None:
    event = service.open_event(work=False)
    (ada,) = gather(service, 1, event, role=Role.CO_HOST)
    address = link(ada, "people.csv")
    with known(service).database.write() as session:
        session.execute(update(Attendee).where(Attendee.id == ada.id).values(role=Role.ATTENDEE))
    assert service.client.get(address).status_code == 403
    assert service.client.get("/media/desk/forged").status_code == 410
