"""The tables about how an event's picture is finished: the moment of its reveal, and the page about it."""

import time

from sqlalchemy import Float, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.state.models import Base


class Reveal(Base):
    """The reveal of a wall as a moment: counted down to `starts_at`, and afterwards what was achieved until then.

    `rehearsed` is the finished board, packed, worked out before the moment comes; `rehearsed_as` says of what wall.
    `preview` names the picture of it that a host asked to see.
    """

    __tablename__ = "reveals"

    wall_id: Mapped[int] = mapped_column(ForeignKey("walls.id", ondelete="CASCADE"), primary_key=True)
    turn: Mapped[int] = mapped_column(default=0)  # counts them, so that panels tell one from the next
    starts_at: Mapped[float | None] = mapped_column(Float)  # None: none is coming, and none was
    people: Mapped[int] = mapped_column(default=0)
    rooms: Mapped[int] = mapped_column(default=0)
    hellos: Mapped[int] = mapped_column(default=0)  # that were answered
    rehearsed: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True
    )  # half a megabyte, rarely asked for
    rehearsed_as: Mapped[str] = mapped_column(String(80), default="")
    preview_wished: Mapped[bool] = mapped_column(default=False)
    preview: Mapped[str | None] = mapped_column(String(80))


class Recap(Base):
    """A page about an event that its host shares by a link that nobody can guess; gone when it is taken back.

    The numbers on it are those of the last look at them.
    """

    __tablename__ = "recaps"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    shared_at: Mapped[float] = mapped_column(Float, default=time.time)
    people: Mapped[int] = mapped_column(default=0)
    rooms: Mapped[int] = mapped_column(default=0)
    hellos: Mapped[int] = mapped_column(default=0)
