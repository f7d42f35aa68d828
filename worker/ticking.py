"""What happens by the clock in meetings: planned breaks come, lines move, breaks end, reveals begin. One thread of the
sweeper does it every second.

Panels that ask when their turn is over would move a line too; this is for those that only listen.
"""

import logging
import threading
import time

from plugin.state.feed import News
from plugin.together import agenda, breaks, lines, linewords
from plugin.together.stays import Stays
from plugin.wall import picture, revealing
from plugin.wall.watching import wall_of
from worker.workshop import Workshop

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class Ticking:
    """All of it, in turn."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._stays = Stays(shop.database, shop.presence)

    def start(self) -> None:
        """Tick every second from now on, beside whatever this process does."""
        assert self._shop.database.engine  # noqa: S101 - made before there are two threads
        threading.Thread(target=self._for_ever, name="ticking", daemon=True).start()

    def _for_ever(self) -> None:
        while True:
            try:
                self.tick(time.time())
            except Exception:
                logger.exception("a tick failed; the next one is in %s s", TICK_SECONDS)
            time.sleep(TICK_SECONDS)

    def tick(self, now: float) -> None:
        """Do what is due at `now` (seconds since 1970)."""
        self._begin_planned(now)
        self._move_lines(now)
        self._stays.look(now)
        self._finish_breaks(now)
        self._begin_reveals(now)
        linewords.forget_old(self._shop.database, now)

    def _begin_planned(self, now: float) -> None:
        shop = self._shop
        for event_id in agenda.begin_due(shop.database, now):
            with shop.database.read() as session:
                wall_id = wall_of(session, event_id).id
            shop.feed.publish(News(wall_id))

    def _begin_reveals(self, now: float) -> None:
        shop = self._shop
        for wall_id in revealing.due(shop.database, now):
            if revealing.begin(shop.database, wall_id):
                shop.jobs.place(wall_id)
                shop.feed.publish(News(wall_id))

    def _move_lines(self, now: float) -> None:
        shop = self._shop
        for line_id, event_id in lines.due(shop.database, now):
            here = shop.presence.here(event_id, now)
            moved = lines.move(shop.database, line_id, here, now=now)
            if moved.concerned:
                shop.feed.publish_all([News(0, attendee_id) for attendee_id in sorted(moved.concerned)])

    def _finish_breaks(self, now: float) -> None:
        """See to the end of a break: the picture's finish, where the host wanted it then."""
        shop = self._shop
        for break_id, event_id in breaks.due_to_finish(shop.database, now):
            if breaks.finish(shop.database, break_id):
                picture.break_is_over(shop.database, shop.jobs, event_id)
                with shop.database.read() as session:
                    wall_id = wall_of(session, event_id).id
                shop.feed.publish(News(wall_id))
