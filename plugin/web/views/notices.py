"""Where platforms report: believed or refused, noted, and answered at once; the work is an errand's."""

import time

from flask import Blueprint, Response, jsonify, request

from integrations.platform import CHECK, Notice, Platform, PlatformError
from plugin.platforms import notices
from plugin.platforms.notices import Report
from plugin.web.request.services import services
from plugin.web.request.wire import trust_of, wire_request


def make(platform: Platform) -> Blueprint:
    """The address of one platform."""
    bp = Blueprint(f"{platform.name}_notices", __name__)

    @bp.post(f"/{platform.name}/notices")
    def receive() -> Response:
        return _receive(platform)

    return bp


def _receive(platform: Platform) -> Response:
    notice = platform.notice(wire_request(with_body=True), trust_of(platform), time.time())
    if notice is None:
        return jsonify(ok=True)
    if notice.kind == CHECK:
        return jsonify(dict(notice.answer or {}))
    known = services()
    if not notices.receive(known.database, known.jobs, _as_report(platform, notice)):
        raise PlatformError("used_notice", "This notice came already.")
    return jsonify(ok=True)


def _as_report(platform: Platform, notice: Notice) -> Report:
    return Report(
        platform.name,
        notice.kind,
        {"identity": [notice.tenant, notice.user_id], "meeting_id": notice.meeting_id},
        request.get_data(),
        notice.replay_key,
        notice.replay_until,
    )
