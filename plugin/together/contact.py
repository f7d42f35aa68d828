"""Use cases of contact: two who have spoken see how to reach each other once both have agreed, and no longer."""

import time
from typing import Any

from plugin.people.admission import attendee_of
from plugin.people.refusal import Refusal, kind_line
from plugin.state.db import Database
from plugin.state.encounters import MAXIMUM_CONTACT, Hello, HelloState
from plugin.state.models import Attendee
from plugin.together.hello import of_mine, other_of, refusal


def share(
    database: Database, attendee: Attendee, hello_id: int, *, contact: Any = None, has_link: bool = False
) -> int:
    """Agree to share contact; the other gets it once they agree too. Returns the other's id. Raises Refusal."""
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        hello = of_mine(session, me, hello_id)
        if hello.state is not HelloState.ANSWERED:
            raise Refusal(409, "not_answered", "You can share contact details once you both have spoken.")
        if me.paused_at is not None:
            raise refusal("paused")
        if contact is not None:
            me.contact = kind_line(str(contact), "contact", MAXIMUM_CONTACT, links=True) or None
        if not me.contact and not has_link:
            raise Refusal(422, "no_contact", "Write how you can be reached, in a few words.", "contact")
        _set_share(hello, me, True)
        return other_of(hello, me.id)


def unshare(database: Database, attendee: Attendee, hello_id: int) -> int:
    """Take the contact back; from now on neither sees the other's. Returns the other's id. Raises Refusal."""
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        hello = of_mine(session, me, hello_id)
        _set_share(hello, me, False)
        return other_of(hello, me.id)


def _set_share(hello: Hello, me: Attendee, wished: bool) -> None:
    hello.touched_at = time.time()
    if hello.from_id == me.id:
        hello.from_shares = wished
    else:
        hello.to_shares = wished
