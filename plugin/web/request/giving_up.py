"""Giving up what lets us ask a platform about somebody."""

from plugin.platforms import given_up
from plugin.state.models import Attendee
from plugin.web.request.services import services


def give_up_tokens(attendee: Attendee) -> None:
    """What lets us ask the platform about this person goes now; the platform hears of it as soon as it answers."""
    is_revocable = _is_revocable(attendee.platform)
    for installation_id in given_up.give_up(services().database, attendee, is_revocable=is_revocable):
        services().jobs.give_up(installation_id)


def give_up_tokens_of(platform: str, tenant: str, user_id: str) -> None:
    """The same of somebody who need not be at any event."""
    known, is_revocable = services(), _is_revocable(platform)
    for each in given_up.give_up_of(known.database, platform, tenant, user_id, is_revocable=is_revocable):
        known.jobs.give_up(each)


def _is_revocable(name: str) -> bool:
    platform = services().platforms.get(name)
    return platform is not None and platform.oauth is not None and bool(platform.oauth.revoke_url)
