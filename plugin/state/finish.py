"""The tables about how an event's picture is finished: prints, the moment of its reveal, and the page about it."""

import time
from enum import StrEnum

from sqlalchemy import Float, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.state.base import Base, enum_of
from plugin.state.keys import print_key


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


class PrintKind(StrEnum):
    POSTER = "poster"
    KEEPSAKE = "keepsake"
    TIMELAPSE = "timelapse"
    RECAP = "recap"  # the picture on the page that a host shares


class PrintState(StrEnum):
    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class Print(Base):
    """A finished output of a wall, from the wish for it until it is deleted: a poster, a keepsake or a time-lapse.

    Its file is `prints/KEY.FORM`. No relation to photos: what a print holds of them is looked up by id, and a photo
    may go at any time.
    """

    __tablename__ = "prints"
    __table_args__ = (
        Index("ix_prints_wall_id_state", "wall_id", "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    wall_id: Mapped[int] = mapped_column(ForeignKey("walls.id", ondelete="CASCADE"))
    attendee_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendees.id", ondelete="CASCADE"), index=True
    )  # whose keepsake it is; the host's prints belong to the wall
    own_photo_id: Mapped[int | None] = mapped_column(Integer)  # that a keepsake points out
    key: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[PrintKind] = mapped_column(enum_of(PrintKind))
    form: Mapped[str] = mapped_column(String(10))  # png, jpeg, pdf, mp4, webp
    cell_px: Mapped[int] = mapped_column(default=0)
    paper: Mapped[str] = mapped_column(String(10), default="")  # a name of plugin.wall.papers; else no margin
    titled: Mapped[bool] = mapped_column(default=False)  # with the event's name and the caption beneath
    # In the language of who asked: "You are here" on a keepsake, the day and how many made it on a poster.
    caption: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[PrintState] = mapped_column(enum_of(PrintState), default=PrintState.QUEUED)
    progress: Mapped[int] = mapped_column(default=0)  # per cent
    error: Mapped[str | None] = mapped_column(String(30))
    attempts: Mapped[int] = mapped_column(default=0)
    photo_ids: Mapped[bytes] = mapped_column(LargeBinary, default=b"")  # who is in it: see wall.inside.packed
    placed: Mapped[int] = mapped_column(default=0)  # photos that the wall had
    width: Mapped[int] = mapped_column(default=0)  # px
    height: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)  # bytes of the file
    asked_at: Mapped[float] = mapped_column(Float, default=time.time)
    touched_at: Mapped[float] = mapped_column(Float, default=time.time)  # the last sign of life

    @property
    def storage_key(self) -> str:
        return print_key(self.key, self.form)
