"""Sending one's photo, changing its line, taking it back; and the bytes of pictures."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from plugin.people import photos
from plugin.people.photos import Submission
from plugin.people.refusal import Refusal
from plugin.state.keys import thumb_key, wall_file_key
from plugin.state.models import Attendee, Photo
from plugin.state.s3 import IMMUTABLE, KEPT_SECONDS
from plugin.state.storage import NotStoredError
from plugin.wall import inside
from plugin.wall.counters import FIRST_PHOTO, span_of
from plugin.wall.watching import revision_of
from plugin.web.request.auth import current_attendee
from plugin.web.request.bodies import json_object, takes_upload
from plugin.web.request.limits import SENDING, by_token, limiter
from plugin.web.request.services import Services, services
from plugin.web.views import doctor

bp = Blueprint("photos", __name__)

PUBLIC_SIZES = ("64", "128", "512")  # the master is never given out
RENDITION = re.compile(r"[a-z]+(-[a-z0-9]+)*\.jpg")
KEY = re.compile(r"[0-9a-f]{32}")


@bp.post("/api/photos")
@limiter.limit(SENDING, key_func=by_token)
@takes_upload
def send() -> tuple[Response, int]:
    if doctor.is_doctor():
        return doctor.body(), 200
    attendee = current_attendee()
    known = services()
    submission = _submission(known.settings.upload_bytes)
    photo, delayed = photos.submit(
        known.database, known.storage, known.jobs, known.budget, attendee, submission
    )
    if attendee.in_keepsake:  # the form may have said no
        _forget_prints(known, attendee)
    tally = known.batches.tally
    tally.note(attendee.event_id, "photo_sent")
    tally.note(attendee.event_id, FIRST_PHOTO, span_of(photo.received_at - attendee.joined_at))
    return jsonify(photo=_receipt(photo), delayed=delayed), 202


def _submission(most_bytes: int) -> Submission:
    """What the form brings. Raises Refusal."""
    upload = request.files.get("photo")
    if upload is None:
        raise Refusal(422, "empty", "Please choose a photo.", "photo")
    data = upload.stream.read()
    if len(data) > most_bytes:
        raise Refusal(413, "too_large_bytes", photos.WORDS_OF_REFUSAL["too_large_bytes"], "photo")
    return Submission(
        data=data,
        idempotency_key=request.headers.get("Idempotency-Key", ""),
        story=request.form.get("story", ""),
        wishes=_wishes(),
        crop_x=_share("crop_x"),
        crop_y=_share("crop_y"),
        agreed=request.form.get("agreed", ""),
    )


def _wishes() -> dict[str, Any]:
    form = request.form
    wishes: dict[str, Any] = {
        name: form[name] for name in ("name", "title", "reachability", "stage") if name in form
    }
    return wishes | {
        name: form[name] in ("1", "true", "on")
        for name in ("stage_public", "on_stage", "in_keepsake", "keepsake", "host_keeps")
        if name in form
    }


def _share(name: str) -> float | None:
    """A number from 0 to 1, or None where the form has none that makes sense."""
    try:
        share = float(request.form.get(name, ""))
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def _receipt(photo: Photo) -> dict[str, Any]:
    return {"id": photo.id, "key": photo.key, "state": photo.state.value}


@bp.patch("/api/photos/<int:photo_id>")
def change_story(photo_id: int) -> Response:
    story = str(json_object().get("story", ""))
    photo = photos.change_story(services().database, current_attendee(), photo_id, story)
    return jsonify(photo=_receipt(photo) | {"story": photo.story})


@bp.delete("/api/photos/<int:photo_id>")
def withdraw(photo_id: int) -> tuple[Response, int]:
    known = services()
    delayed = photos.withdraw(known.database, known.jobs, current_attendee(), photo_id)
    _forget_prints(known, current_attendee())
    return jsonify(delayed=delayed), 202


def _forget_prints(known: Services, attendee: Attendee) -> None:
    """What others download must not show a photo a moment longer than its owner wants."""
    wall_id, _ = revision_of(known.database, attendee.event_id)
    inside.forget_outdated(known.database, known.storage, wall_id)


@bp.get("/media/walls/<key>/<name>")
def rendition(key: str, name: str) -> Response:
    if not KEY.fullmatch(key) or not RENDITION.fullmatch(name):
        raise NotFound
    return _picture(wall_file_key(key, name))


@bp.get("/media/photos/<key>/<size>.jpg")
def thumb(key: str, size: str) -> Response:
    if not KEY.fullmatch(key) or size not in PUBLIC_SIZES:
        raise NotFound
    return _picture(thumb_key(key, size))


def _picture(key: str) -> Response:
    """Pictures have addresses that nobody can guess, so a token is not asked for and an <img> can show them."""
    storage = services().storage
    if address := storage.signed_address(key):
        return _elsewhere(address)
    try:
        data = storage.get(key)
    except NotStoredError:
        raise NotFound from None
    response = Response(data, content_type="image/jpeg")
    # An address names one version for ever. Private: a shared cache would outlive a withdrawal.
    response.headers["Cache-Control"] = IMMUTABLE
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _elsewhere(address: str) -> Response:
    """Lead a browser to the bucket, and let it go there by itself for as long as the address works."""
    response = Response(status=302)
    response.location = address
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    return response
