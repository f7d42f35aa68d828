"""A photo's way from the sender's hand to its cell, and what goes wrong on the way."""

import io
import os
import time
from dataclasses import replace

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from plugin.state.folder import HALVES
from plugin.state.keys import upload_key
from plugin.state.models import Photo, PhotoState, Placement, Wall
from plugin.state.queue import Jobs, connect
from tests.factories import Event, Service, error_of, photo_bytes
from tests.made_photos import encode, noise
from worker import jobs, sweeper


def homes(service: Service) -> dict[int, int]:
    with service.shop.database.read() as session:
        return {row.photo_id: row.cell for row in session.scalars(select(Placement))}


def test_a_photo_that_was_sent_is_on_the_wall(service: Service) -> None:
    event = service.open_event()
    ada = event.join()
    answer = ada.send(photo_bytes("green"))
    assert answer.json["photo"]["state"] == "received"
    assert answer.json["delayed"] is False
    service.run_jobs()
    own = ada.photo()
    assert own["state"] == "placed"
    wall = ada.get("/api/wall")
    assert wall["count"] == 1
    assert homes(service) == {own["id"]: own["home"]}


def test_the_sender_sees_the_photo_and_nobody_sees_the_master(service: Service) -> None:
    _, [ada] = service.wall_with(1)
    key = ada.photo()["key"]
    for size in (64, 128, 512):
        answer = service.client.get(f"/media/photos/{key}/{size}.jpg")
        assert answer.headers["Cache-Control"].endswith("immutable")
        with Image.open(io.BytesIO(answer.data)) as thumb:
            assert thumb.size == (size, size)
    assert service.client.get(f"/media/photos/{key}/master.jpg").status_code == 404
    assert service.client.get(f"/media/photos/{key}/1024.jpg").status_code == 404
    assert service.shop.storage.get(f"photos/{key}/master.jpg")


def test_the_upload_itself_is_deleted(service: Service) -> None:
    service.wall_with(2)
    assert service.shop.storage.names("uploads") == {}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"story": ""}, "story"),
        ({"story": " \u200b\n "}, "story"),
        ({"story": "x" * 141}, "story"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"reachability": "everywhere"}, "reachability"),
    ],
)
def test_what_is_wrong_is_told_with_the_fields_name(
    service: Service, form: dict[str, str], field: str
) -> None:
    ada = service.open_event(target_name="coffee", work=False).join()
    answer = ada.send(ok=False, **form)
    assert answer.status_code == 422
    assert error_of(answer)["field"] == field
    assert service.shop.storage.names("uploads") == {}


def test_a_story_of_140_characters_and_an_emoji_family_is_kept_as_it_is(service: Service) -> None:
    story = "👩‍👩‍👧 " + "ü" * 134
    ada = service.open_event().join()
    ada.send(story=story)
    assert ada.photo()["story"] == story


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7 not a picture", b"<svg xmlns='x'/>"])
def test_what_is_no_picture_is_refused_at_once_and_the_story_is_not_lost_to_the_sender(
    service: Service, data: bytes
) -> None:
    answer = service.open_event(work=False).join().send(data, ok=False)
    assert answer.status_code == 422
    assert error_of(answer)["field"] == "photo"


def multipart(event: Event, photo: bytes, headers: str) -> TestResponse:
    """Send a photo with these headers to its part, as odd apps do."""
    ada = event.join()
    fields = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"name": "Ada", "story": "I bake bread"}.items()
    )
    body = f"{fields}--x\r\n{headers}\r\n\r\n".encode() + photo + b"\r\n--x--\r\n"
    return event.service.client.post(
        "/api/photos",
        data=body,
        content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {ada.token}", "Idempotency-Key": "a-key-of-its-own"},
    )


@pytest.mark.parametrize(
    "headers",
    [
        'Content-Disposition: form-data; name="photo"',
        'Content-Disposition: form-data; name="photo"\r\nContent-Type: application/octet-stream',
        'Content-Disposition: form-data; name="photo"; filename=""\r\nContent-Type: image/mpo',
        'Content-Disposition: form-data; name="photo"; filename="photo.heif"\r\nContent-Type: text/plain',
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
def test_the_bytes_decide_what_a_file_is_not_its_name_or_type(
    service: Service, headers: str, kind: str
) -> None:
    large = encode(noise(800, 700), kind)
    assert len(large) > 500_000  # more than a text in a form may have
    answer = multipart(service.open_event(), large, headers)
    assert answer.status_code == 202, answer.text
    service.run_jobs()
    assert len(homes(service)) == 1


def test_texts_in_a_form_stay_short_whatever_else_is_in_it(service: Service) -> None:
    event = service.open_event(work=False)
    headers = 'Content-Disposition: form-data; name="title"\r\n\r\n' + "x" * 600_000
    answer = multipart(event, photo_bytes(), headers)
    assert answer.status_code == 413


def test_a_truncated_photo_is_refused_in_words_and_the_next_one_is_placed(service: Service) -> None:
    ada = service.open_event().join()
    ada.send(photo_bytes("red", (800, 600))[:1500])
    service.run_jobs()
    own = ada.photo()
    assert own["state"] == "refused"
    assert own["refusal"]["code"] == "truncated"
    assert own["story"] == "I bake bread"
    ada.send(photo_bytes("blue"))
    service.run_jobs()
    assert [photo["state"] for photo in ada.get("/api/me")["photos"]] == ["placed"]
    assert service.shop.storage.names("uploads") == {}


def test_too_large_a_file_is_told(service: Service) -> None:
    ada = service.open_event(work=False).join()
    answer = ada.send(b"\xff\xd8\xff" + bytes(service.settings.upload_bytes), ok=False)
    assert answer.status_code == 413
    much = ada.send(b"\xff\xd8\xff" + bytes(service.settings.upload_bytes + 100_000), ok=False)
    assert much.status_code == 413
    assert error_of(much)["message"]
    for each in (answer, much):
        each.request.environ["wsgi.input"].close()  # the test client's own temporary file


def test_the_same_photo_sent_twice_is_one_photo(service: Service) -> None:
    ada = service.open_event().join()
    first = ada.send(key="the-same-key")
    second = ada.send(key="the-same-key")
    service.run_jobs()
    third = ada.send(key="the-same-key")
    assert first.json["photo"]["id"] == second.json["photo"]["id"] == third.json["photo"]["id"]
    service.run_jobs()
    assert len(homes(service)) == 1
    assert service.shop.storage.names("uploads") == {}


def test_a_request_without_an_idempotency_key_is_refused(service: Service) -> None:
    answer = service.open_event(work=False).join().send(key="short", ok=False)
    assert error_of(answer)["field"] == "idempotency_key"


def test_a_new_photo_takes_the_place_of_the_old_one(service: Service) -> None:
    event = service.open_event()
    ada = event.with_photos(1)[0]
    before = ada.photo()
    ada.send(photo_bytes("blue"), story="Now blue")
    assert ada.get("/api/wall")["count"] == 1  # the old photo stays until the new one is there
    service.run_jobs()
    after = ada.photo()
    assert (after["story"], after["state"]) == ("Now blue", "placed")
    assert homes(service) == {after["id"]: after["home"]}
    assert service.client.get(f"/media/photos/{before['key']}/64.jpg").status_code == 404


def test_a_refused_change_leaves_the_old_photo_on_the_wall(service: Service) -> None:
    _, [ada] = service.wall_with(1)
    ada.send(photo_bytes("red", (800, 600))[:1500])
    service.run_jobs()
    assert [photo["state"] for photo in ada.get("/api/me")["photos"]] == ["refused", "placed"]


def test_the_line_can_be_changed(service: Service) -> None:
    _, (ada, ben) = service.wall_with(2)
    own = ada.photo()
    answer = ada.call("PATCH", f"/api/photos/{own['id']}", json={"story": "I swim in winter"})
    assert answer.status_code == 200
    assert ben.get(f"/api/photos?ids={own['id']}")["photos"][0]["story"] == "I swim in winter"
    assert ben.call("PATCH", f"/api/photos/{own['id']}", json={"story": "Ha"}).status_code == 404
    assert ada.call("PATCH", f"/api/photos/{own['id']}", json={"story": ""}).status_code == 422
    assert ada.call("PATCH", f"/api/photos/{own['id']}", json=["story"]).status_code == 422


def test_a_closed_event_takes_no_photo_and_shows_its_wall(service: Service) -> None:
    event, (_ada, ben) = service.wall_with(2)
    assert event.host().call("POST", "/api/host/state", json={"state": "closed"}).status_code == 200
    assert ben.send(ok=False).status_code == 403
    wall = event.join().get("/api/wall")
    assert (wall["state"], wall["count"]) == ("closed", 2)
    assert service.client.get(f"/e/{event.code}").status_code == 200


def test_a_crop_outside_the_picture_is_taken_as_none(service: Service) -> None:
    ada = service.open_event().join()
    ada.send(crop_x="2", crop_y="nonsense")
    with service.shop.database.read() as session:
        photo = session.scalars(select(Photo)).one()
    assert (photo.crop_x, photo.crop_y) == (None, None)


def test_the_crop_that_the_sender_chose_is_used(service: Service) -> None:
    picture = Image.new("RGB", (400, 200), "red")
    picture.paste("blue", (200, 0, 400, 200))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    for crop, colour in (("0", 0), ("1", 2)):
        ada = service.open_event().join()
        ada.send(stream.getvalue(), crop_x=crop)
        service.run_jobs()
        answer = service.client.get(f"/media/photos/{ada.photo()['key']}/128.jpg")
        with Image.open(io.BytesIO(answer.data)) as thumb:
            pixel = thumb.getpixel((64, 64))
        assert isinstance(pixel, tuple)
        assert max(range(3), key=pixel.__getitem__) == colour


def without_redis(service: Service) -> Jobs:
    return Jobs(connect("redis://127.0.0.1:1/0"))


def test_without_redis_sending_is_still_answered_and_all_is_placed_once_later(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugin.web.request.services import EXTENSION

    event = service.open_event()
    people = [event.join() for _ in range(3)]
    known = service.app.extensions[EXTENSION]
    gone = replace(known, jobs=without_redis(service))
    monkeypatch.setitem(service.app.extensions, EXTENSION, gone)
    for number, person in enumerate(people):
        answer = person.send(photo_bytes(number))
        assert answer.json["delayed"] is True
    assert people[0].get("/api/wall")["count"] == 0
    monkeypatch.setitem(service.app.extensions, EXTENSION, known)
    service.run_jobs()
    assert homes(service) == {}
    assert sweeper.sweep(service.shop, time.time() + 1) == 3
    service.run_jobs()
    assert len(homes(service)) == 3
    assert sweeper.sweep(service.shop, time.time() + 1) == 0


def test_a_job_that_runs_twice_changes_nothing_the_second_time(service: Service) -> None:
    _, [ada] = service.wall_with(1)
    before = ada.get("/api/wall")["revision"]
    photo_id = ada.photo()["id"]
    for _ in range(2):
        jobs.prepare(photo_id)
        jobs.place(1)
        jobs.open_wall(1)
        jobs.erase(photo_id)
    assert ada.photo()["state"] == "placed"
    with service.shop.database.read() as session:
        assert session.scalars(select(Wall)).one().revision == before


def test_jobs_for_rows_that_are_gone_do_nothing(service: Service) -> None:
    for job in (jobs.prepare, jobs.place, jobs.open_wall, jobs.erase):
        job(12345)


def test_a_photo_that_takes_workers_down_again_and_again_is_refused_in_the_end(service: Service) -> None:
    ada = service.open_event().join()
    photo_id = ada.send().json["photo"]["id"]
    with service.shop.database.write() as session:
        session.get_one(Photo, photo_id).attempts = jobs.MOST_ATTEMPTS
    service.run_jobs()
    assert ada.photo()["refusal"]["code"] == "unreadable"


def test_an_upload_whose_bytes_are_lost_is_refused_and_not_tried_for_ever(service: Service) -> None:
    ada = service.open_event().join()
    answer = ada.send()
    service.shop.storage.delete(upload_key(answer.json["photo"]["key"]))
    service.run_jobs()
    assert ada.photo()["state"] == "refused"


def test_a_photo_withdrawn_while_it_is_prepared_leaves_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = service.open_event().join()
    photo = ada.send().json["photo"]
    prepare = jobs.prepare_photo

    def withdrawing(*arguments: object) -> object:
        assert ada.call("DELETE", f"/api/photos/{photo['id']}").status_code == 202
        return prepare(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "prepare_photo", withdrawing)
    service.run_jobs()
    assert service.shop.storage.names(f"photos/{photo['key']}") == {}
    assert service.shop.storage.names("uploads") == {}
    with service.shop.database.read() as session:
        assert session.scalars(select(Photo)).all() == []


def test_sending_too_often_is_slowed_down_for_that_person_only(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = event.join(), event.join()
    answers = [ada.send(b"\xff\xd8\xff", ok=False).status_code for _ in range(25)]
    assert set(answers) == {202, 429}
    assert ben.send().status_code == 202


def test_a_photo_waits_for_the_host_where_the_host_wants_to_look_first(service: Service) -> None:
    event = service.open_event(reviewed="1")
    hanna, ada, ben = event.host(), event.join(), event.join()
    for number, person in enumerate((ada, ben)):
        person.send(photo_bytes(number))
    hanna.send(photo_bytes(7), name="Hanna")
    service.run_jobs()
    assert (ada.photo()["state"], hanna.photo()["state"]) == ("held", "placed")
    waiting = hanna.get("/api/host")["waiting"]
    assert [each["id"] for each in waiting] == [ada.photo()["id"], ben.photo()["id"]]
    first, second = (f"/api/host/photos/{each['id']}" for each in waiting)
    assert ada.call("POST", first, json={"decision": "approve"}).status_code == 403
    assert hanna.call("POST", first, json={"decision": "maybe"}).status_code == 422
    approve = {"decision": "approve", "story": waiting[0]["story"]}
    assert hanna.call("POST", first, json=approve).status_code == 200
    assert hanna.call("POST", second, json={"decision": "refuse"}).status_code == 200
    assert hanna.call("POST", second, json=approve).status_code == 404
    service.run_jobs()
    assert ada.photo()["state"] == "placed"
    assert ben.photo()["refusal"]["code"] == "by_host"


def test_the_host_begins_and_ends_to_look_first_at_any_time(service: Service) -> None:
    event = service.open_event()
    hanna, ada, ben, cleo = event.host(), event.join(), event.join(), event.join()
    ada.send(photo_bytes(1))
    service.run_jobs()
    assert ada.call("POST", "/api/host/review", json={"reviewed": True}).status_code == 403
    assert hanna.call("POST", "/api/host/review", json={"reviewed": 1}).status_code == 422
    assert hanna.call("POST", "/api/host/review", json={"reviewed": True}).status_code == 200
    assert hanna.get("/api/host")["event"]["reviewed"] is True
    ben.send(photo_bytes(2))
    service.run_jobs()
    assert (ada.photo()["state"], ben.photo()["state"]) == ("placed", "held")
    assert hanna.call("POST", "/api/host/review", json={"reviewed": False}).status_code == 200
    cleo.send(photo_bytes(3))
    service.run_jobs()
    assert (cleo.photo()["state"], ben.photo()["state"]) == ("placed", "held")  # what waits goes on waiting
    assert len(hanna.get("/api/host")["waiting"]) == 1


def test_a_line_that_was_approved_is_not_changed_behind_the_hosts_back(service: Service) -> None:
    event = service.open_event(reviewed="1")
    hanna, ada = event.host(), event.join()
    ada.send()
    hanna.send(photo_bytes(7), name="Hanna")
    service.run_jobs()
    path = f"/api/photos/{ada.photo()['id']}"
    assert ada.call("PATCH", path, json={"story": "Before the look"}).status_code == 200
    assert [each["story"] for each in hanna.get("/api/host")["waiting"]] == ["Before the look"]
    look = f"/api/host/photos/{ada.photo()['id']}"
    for unseen in ({}, {"story": "I bake bread"}):
        refused = hanna.call("POST", look, json={"decision": "approve"} | unseen)
        assert (refused.status_code, refused.json["error"]["code"]) == (409, "line_changed")
    assert ada.photo()["state"] == "held"
    assert (
        hanna.call("POST", look, json={"decision": "approve", "story": "Before the look"}).status_code == 200
    )
    service.run_jobs()
    refused = ada.call("PATCH", path, json={"story": "After the look"})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "look_first")
    assert ada.photo()["story"] == "Before the look"
    own = f"/api/photos/{hanna.photo()['id']}"
    assert hanna.call("PATCH", own, json={"story": "I look at the others'"}).status_code == 200


def test_another_events_host_cannot_decide(service: Service) -> None:
    event, other = service.open_event(reviewed="1"), service.open_event()
    ada = event.join()
    ada.send()
    service.run_jobs()
    path = f"/api/host/photos/{ada.photo()['id']}"
    assert other.host().call("POST", path, json={"decision": "approve"}).status_code == 404
    assert ada.photo()["state"] == PhotoState.HELD


def test_the_sweeper_forgets_uploads_that_belong_to_nobody(service: Service) -> None:
    event = service.open_event(target_name="coffee", work=False)
    answer = event.join().send()
    service.shop.storage.put("uploads/" + "0" * 32, b"\xff\xd8\xff")
    sweeper.tidy(service.shop, time.time())
    assert len(service.shop.storage.names("uploads")) == 2
    sweeper.tidy(service.shop, time.time() + 2 * sweeper.UPLOAD_GRACE_SECONDS)
    assert set(service.shop.storage.names("uploads")) == {answer.json["photo"]["key"]}


def test_tiles_wait_for_a_photo_that_is_being_prepared_and_not_for_long(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = service.open_event()
    event.with_photos(1)  # by the jobs of this process, which remembers when it drew
    first, second = (event.join().send(photo_bytes(number)).json["photo"]["id"] for number in (2, 3))

    def pending() -> bool:
        with service.shop.database.read() as session:
            return session.scalars(select(Wall.tiles_pending)).one()

    jobs.prepare(first)
    jobs.place(1)
    assert pending()
    assert len(homes(service)) == 2
    monkeypatch.setattr("worker.placing.TILES_WAIT_SECONDS", 0.0)
    jobs.place(1)
    assert not pending()
    jobs.prepare(second)
    jobs.place(1)
    assert not pending()
    assert len(homes(service)) == 3


def test_what_a_killed_writer_left_half_written_is_deleted_and_stops_nobody(service: Service) -> None:
    _, _ = service.wall_with(1)
    halves = service.settings.data_folder / "files" / HALVES
    assert list(halves.iterdir()) == []
    old, fresh = halves / "old", halves / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"pixels of somebody")
    os.utime(old, (1, 1))
    sweeper.tidy(service.shop, time.time())
    assert [path.name for path in halves.iterdir()] == ["fresh"]
    assert not any(name.startswith(".") for name in service.shop.storage.names("uploads"))


def test_a_fault_in_tidying_does_not_keep_lost_work_from_being_asked_for(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Enough(Exception):  # noqa: N818
        pass

    def broken(*_arguments: object) -> None:
        raise RuntimeError("a fault")

    def enough(_seconds: float) -> None:
        raise Enough

    monkeypatch.setattr(sweeper, "tidy", broken)
    monkeypatch.setattr("time.sleep", enough)
    monkeypatch.setattr(sweeper, "TIDY_SECONDS", -1.0)
    with pytest.raises(Enough):
        sweeper.run(service.shop, 30)
    assert "tidying up failed" in caplog.text
