"""A request as adapters see it, bytes and headers without a framework; and what they may check its proof with."""

from flask import request

from integrations.platform import Launch, Platform, Request
from plugin.people.admission import use_once
from plugin.people.refusal import Refusal
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


def is_fresh(launch: Launch, now: float) -> bool:
    """Whether its proof was not used before; a launch that proves nothing uses up nothing."""
    if not launch.replay_key:
        return True
    return use_once(services().database, launch.replay_key, launch.replay_until, now)


def not_proved(platform: Platform) -> Refusal:
    """For those whom their platform would have to vouch for."""
    return Refusal(
        403, "not_proved", "Sign in to %(platform)s first: guests cannot do this.", platform=platform.title
    )
