"""Giving up what lets us ask a platform about somebody."""

from plugin.platforms import given_up
from plugin.state.models import Attendee
from plugin.web.request.services import services


def give_up_tokens(attendee: Attendee) -> None:
    """What lets us ask the platform about this person goes now; the platform hears of it as soon as it answers."""
    known = services()
    platform = known.platforms.get(attendee.platform)
    oauth = platform.oauth if platform is not None else None
    is_revocable = oauth is not None and bool(oauth.revoke_url)
    for installation_id in given_up.give_up(known.database, attendee, is_revocable=is_revocable):
        known.jobs.give_up(installation_id)
