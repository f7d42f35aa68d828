"""Where platforms report: believed or refused, noted, and answered at once; the work is an errand's."""

import time

from flask import Blueprint, Response, jsonify, request

from integrations.platform import CHECK, PlatformError
from plugin.platforms import notices
from plugin.platforms.notices import Report
from plugin.web.request.services import services
from plugin.web.request.wire import no_tenant_key, wire_request


def make(platform_name: str) -> Blueprint:
    """The address of one platform."""
    bp = Blueprint(f"{platform_name}_notices", __name__)

    @bp.post(f"/{platform_name}/notices")
    def receive() -> Response:
        return _receive(platform_name)

    return bp


def _receive(platform_name: str) -> Response:
    known = services()
    body = request.get_data()
    notice = known.platforms[platform_name].notice(wire_request(with_body=True), no_tenant_key, time.time())
    if notice is None:
        return jsonify(ok=True)
    if notice.kind == CHECK:
        return jsonify(dict(notice.answer or {}))
    report = Report(
        platform_name,
        notice.kind,
        {"user_id": notice.user_id, "tenant": notice.tenant, "meeting_id": notice.meeting_id},
        body,
        notice.replay_key,
        notice.replay_until,
    )
    if not notices.receive(known.database, known.jobs, report):
        raise PlatformError("used_notice", "This notice came already.")
    return jsonify(ok=True)
