"""Telling the panels of those whom a change concerns."""

from collections.abc import Iterable
from typing import Any

from integrations.platform import Identity
from plugin.people import profiles
from plugin.safety.merging import United
from plugin.state.feed import News
from plugin.state.models import Attendee
from plugin.together import conversations
from plugin.together.hello import Said
from plugin.wall import inside
from plugin.web.request.services import services


def deep_link(person: Attendee) -> str | None:
    """The platform's own way to begin a talk with somebody."""
    platform = services().platforms.get(person.platform)
    identity = Identity(person.platform, person.tenant, person.user_id, person.assurance.value)
    return platform.hello_url(identity, person.email or "") if platform is not None else None


def told(attendee: Attendee, said: Said) -> dict[str, Any]:
    """Tell the other one, one's own other devices, and everybody where the threads have changed; the hello as the sayer
    sees it."""
    known = services()
    tell([said.other_id, attendee.id])
    if said.answered:
        tell_everybody(attendee.event_id)
    return conversations.one(known.database, attendee, said.hello_id, deep_link)


def tell_everybody(event_id: int) -> None:
    """The break, the threads or the speakers' lines are not as they were."""
    known = services()
    known.facts.forget(event_id)
    known.broadcaster.publish(News(known.facts.wall_of(event_id)))


def tell(attendee_ids: Iterable[int]) -> None:
    """These people look again at what concerns only them."""
    services().broadcaster.publish_all([News(0, attendee_id) for attendee_id in attendee_ids if attendee_id])


def settle(united: United | None) -> None:
    """Two attendees turned out to be one person: their pictures, and everybody whom it concerns."""
    if united is None:
        return
    known = services()
    for key in united.pictures:
        profiles.forget_picture(known.storage, key)
    if united.wall_id:
        inside.forget_outdated(known.database, known.storage, united.wall_id)
        known.jobs.place_again(united.wall_id)
    event_id = united.event_id
    known.batches.presence.left(event_id, united.gone_id)
    tell(united.concerned)
    tell_everybody(event_id)
