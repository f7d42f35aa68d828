"""A request as adapters see it, bytes and headers without a framework; and what they may check its proof with."""

from flask import request

from integrations.platform import Platform, Request
from plugin.platforms.trust import Trust
from plugin.web.request.services import services


def wire_request(*, with_body: bool) -> Request:
    return Request(
        request.method,
        request.path,
        query=request.args,
        headers={name.lower(): value for name, value in request.headers},
        body=request.get_data() if with_body else b"",
    )


def trust_of(platform: Platform) -> Trust:
    return Trust(services().database, services().signing_keys, platform.name)
