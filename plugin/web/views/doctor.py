"""What `mosaic doctor` asks on the way that people take: does a stream come through at once, and a large photo whole?

It asks at the addresses of the real ones, for a proxy may treat each address otherwise. Who asks has the secret key.
"""

import time
from collections.abc import Iterator

from flask import Response, jsonify, request

from plugin.operate.doctor.knock import FIRST_WORD_SECONDS, SCHEME
from plugin.people.refusal import Refusal
from plugin.web.live.broadcast import message
from plugin.web.request.bodies import FORM_BYTES
from plugin.web.request.services import services
from plugin.web.request.tokens import DOCTOR, DOCTOR_SECONDS

READ_AT_ONCE = 1 << 16


def is_doctor() -> bool:
    """Whether it is the doctor who asks. Raises Refusal (401) where somebody only says so."""
    scheme, _, ticket = request.headers.get("Authorization", "").partition(" ")
    if scheme != SCHEME:
        return False
    if services().tokens.unseal(DOCTOR, ticket, DOCTOR_SECONDS) is None:
        raise Refusal(401, "no_doctor", "Please reload the page and try again.")
    return True


def stream() -> Response:
    response = Response(_words(), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _words() -> Iterator[bytes]:
    yield message("status", {})
    time.sleep(FIRST_WORD_SECONDS * 2)  # whoever gets the word only now has been kept waiting
    yield message("status", {})


def body() -> Response:
    """Counts what comes and keeps nothing."""
    request.max_content_length = services().settings.upload_bytes + FORM_BYTES
    count = sum(map(len, iter(lambda: request.stream.read(READ_AT_ONCE), b"")))
    said = request.headers.get("X-Forwarded-For", "")
    return jsonify(bytes=count, proxies=len(said.split(",")) if said else 0)
