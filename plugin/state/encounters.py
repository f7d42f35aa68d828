"""The tables of meeting people: hellos, coffee breaks, lines, blocks, reports, and numbers that are about nobody.

Rows name attendees and photos by id and hold no copy of a name or story (a report's evidence is the exception), so
that whatever is changed, hidden or erased is so everywhere. Own words are encrypted.
"""

import time
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.state.base import Base, EncryptedText, enum_of

MAXIMUM_WORDS = 140
MAXIMUM_NOTE = 140
MAXIMUM_CONTACT = 140


class HelloState(StrEnum):
    SENT = "sent"
    SEEN = "seen"  # by the receiver; the sender is not told
    ANSWERED = "answered"
    DECLINED = "declined"  # in silence: to the sender it looks like sent


class ReportReason(StrEnum):
    RUDE = "rude"
    SEXUAL = "sexual"
    SPAM = "spam"
    PICTURE = "picture"
    OTHER = "other"


class ReportState(StrEnum):
    OPEN = "open"
    DISMISSED = "dismissed"
    PHOTO_HIDDEN = "photo_hidden"
    PAUSED = "paused"
    REMOVED = "removed"
    GONE = "gone"  # the person erased themselves; the evidence went with them


class LineKind(StrEnum):
    BREAK = "break"
    SPEAKER = "speaker"


def _attendee(*, primary_key: bool = False, index: bool = False) -> Mapped[int]:
    return mapped_column(ForeignKey("attendees.id", ondelete="CASCADE"), primary_key=primary_key, index=index)


class Exposure(Base):
    """How often a photo was shown to somebody; not to whom."""

    __tablename__ = "exposures"
    __table_args__ = (Index("ix_exposures_wall_id_changed_at", "wall_id", "changed_at"),)

    photo_id: Mapped[int] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True)
    wall_id: Mapped[int] = mapped_column(ForeignKey("walls.id", ondelete="CASCADE"))
    shown: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[float] = mapped_column(Float, default=time.time)


class Hello(Base):
    """All that two people say to each other; one row a pair, so that one hello is open at a time."""

    __tablename__ = "hellos"
    __table_args__ = (
        UniqueConstraint("low_id", "high_id"),
        Index("ix_hellos_from_id_sent_at", "from_id", "sent_at"),
        Index("ix_hellos_event_id_state", "event_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    low_id: Mapped[int] = _attendee()
    high_id: Mapped[int] = _attendee(index=True)
    from_id: Mapped[int] = _attendee()
    to_id: Mapped[int] = _attendee(index=True)
    state: Mapped[HelloState] = mapped_column(enum_of(HelloState), default=HelloState.SENT)
    asked_for: Mapped[bool] = mapped_column(
        default=False
    )  # said while both stood in a line: no limit counts it
    from_shares: Mapped[bool] = mapped_column(default=False)
    to_shares: Mapped[bool] = mapped_column(default=False)
    blur: Mapped[int] = mapped_column(default=0)  # chance: where the ends of its thread are drawn for others
    sent_at: Mapped[float] = mapped_column(Float, default=time.time)
    touched_at: Mapped[float] = mapped_column(Float, default=time.time)


class HelloLine(Base):
    """One line of a hello: an opener by its id and the photo it is about, or own words."""

    __tablename__ = "hello_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    hello_id: Mapped[int] = mapped_column(ForeignKey("hellos.id", ondelete="CASCADE"), index=True)
    sender_id: Mapped[int] = _attendee(index=True)
    opener: Mapped[str | None] = mapped_column(String(40))
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photos.id", ondelete="SET NULL"), index=True)
    words: Mapped[str | None] = mapped_column(EncryptedText)
    said_at: Mapped[float] = mapped_column(Float, default=time.time)
    read_at: Mapped[float | None] = mapped_column(Float)


class Met(Base):
    """Two people who stood in line together. `low_id` < `high_id`."""

    __tablename__ = "met"

    low_id: Mapped[int] = _attendee(primary_key=True)
    high_id: Mapped[int] = _attendee(primary_key=True, index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[LineKind] = mapped_column(enum_of(LineKind), default=LineKind.BREAK)
    times: Mapped[int] = mapped_column(default=1)
    met_at: Mapped[float] = mapped_column(Float, default=time.time)


class Encounter(Base):
    """That a person met another one, while their own photo was on the wall: opened theirs, stood in line with them, was
    spoken to. It gives a report its weight, is shown to nobody, and goes with either of them."""

    __tablename__ = "encounters"

    attendee_id: Mapped[int] = _attendee(primary_key=True)
    other_id: Mapped[int] = _attendee(primary_key=True, index=True)


class CoffeeBreak(Base):
    """Its phases follow from `begins_at` and their lengths in seconds; it ends earlier where `ended_at` says so.

    One with a `room` is of that breakout room alone; the event's own goes on beside it.
    """

    __tablename__ = "breaks"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    begins_at: Mapped[float] = mapped_column(Float)
    pour: Mapped[int] = mapped_column()
    stroll: Mapped[int] = mapped_column()
    line: Mapped[int] = mapped_column()
    ended_at: Mapped[float | None] = mapped_column(Float)
    finished: Mapped[bool] = mapped_column(default=False)  # what belongs to its end was done
    room: Mapped[str] = mapped_column(String(32), default="")  # see Attendee.room


class Stay(Base):
    """How many were here while a phase of a break ran, and how many of them when it was looked at last: sums, about
    nobody. A row without a phase is of the whole break."""

    __tablename__ = "stays"

    break_id: Mapped[int] = mapped_column(ForeignKey("breaks.id", ondelete="CASCADE"), primary_key=True)
    phase: Mapped[str] = mapped_column(String(10), primary_key=True, default="")
    came: Mapped[int] = mapped_column()
    stayed: Mapped[int] = mapped_column()


class Line(Base):
    """People in line: all who are in the break's, or those who wait for a speaker. Each turn has its groups."""

    __tablename__ = "lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[LineKind] = mapped_column(enum_of(LineKind))
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    break_id: Mapped[int | None] = mapped_column(ForeignKey("breaks.id", ondelete="CASCADE"), unique=True)
    turn: Mapped[int] = mapped_column(default=0)
    groups: Mapped[int] = mapped_column(default=0)  # that there were: no number is given twice
    moves_at: Mapped[float] = mapped_column(Float, default=0.0)
    looked_at: Mapped[float] = mapped_column(Float, default=0.0)
    closed_at: Mapped[float | None] = mapped_column(Float)


class LinePlace(Base):
    """Somebody in a line. `group_no` is None while they wait; `called_at` says that the speaker is with them."""

    __tablename__ = "line_places"

    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id", ondelete="CASCADE"), primary_key=True)
    attendee_id: Mapped[int] = _attendee(primary_key=True, index=True)
    joined_at: Mapped[float] = mapped_column(Float, default=time.time)
    group_no: Mapped[int | None] = mapped_column()
    stays: Mapped[bool] = mapped_column(default=False)  # they would like to go on with whom they stand with
    opener: Mapped[str | None] = mapped_column(String(40))
    called_at: Mapped[float | None] = mapped_column(Float)


class LineWords(Base):
    """What somebody says to those they stand in line with. It goes soon after the break; see LineHeard for whom it
    reached. `answers` is set for the first words of each, which answer the question that all of them have."""

    __tablename__ = "line_words"
    __table_args__ = (Index("ix_line_words_line_id_group_no", "line_id", "group_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id", ondelete="CASCADE"))
    group_no: Mapped[int] = mapped_column()
    sender_id: Mapped[int] = _attendee(index=True)
    answers: Mapped[bool] = mapped_column(default=False)
    words: Mapped[str] = mapped_column(EncryptedText)
    said_at: Mapped[float] = mapped_column(Float, default=time.time)


class LineHeard(Base):
    """Somebody who stood there when words were said in line. Nobody else ever reads them."""

    __tablename__ = "line_heard"

    words_id: Mapped[int] = mapped_column(ForeignKey("line_words.id", ondelete="CASCADE"), primary_key=True)
    attendee_id: Mapped[int] = _attendee(primary_key=True, index=True)


class Block(Base):
    """One person's block of another. It holds for their browser too: whoever joins anew with it is blocked again, by a
    row that is `carried` and that the blocker is not told of; and it stays when the blocked one erases themselves."""

    __tablename__ = "blocks"
    __table_args__ = (UniqueConstraint("blocker_id", "blocked_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    blocker_id: Mapped[int] = _attendee()
    blocked_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendees.id", ondelete="SET NULL"), index=True
    )
    device: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    carried: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[float] = mapped_column(Float, default=time.time)


class Report(Base):
    """What somebody told the host about somebody. The evidence is a copy, so that it cannot be changed afterwards."""

    __tablename__ = "reports"
    __table_args__ = (Index("ix_reports_event_id_state", "event_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    reporter_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendees.id", ondelete="SET NULL"), index=True
    )
    reported_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendees.id", ondelete="SET NULL"), index=True
    )
    reason: Mapped[ReportReason] = mapped_column(enum_of(ReportReason))
    note: Mapped[str | None] = mapped_column(EncryptedText)
    evidence: Mapped[str | None] = mapped_column(EncryptedText)  # JSON
    picture_key: Mapped[str | None] = mapped_column(String(32))
    counts: Mapped[bool] = mapped_column(default=False)  # towards a pause, until a host has looked
    state: Mapped[ReportState] = mapped_column(enum_of(ReportState), default=ReportState.OPEN)
    made_at: Mapped[float] = mapped_column(Float, default=time.time)


class Count(Base):
    """How often something happened in an event; `detail` is a phase or a span of seconds, never a person."""

    __tablename__ = "counts"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    detail: Mapped[str] = mapped_column(String(20), primary_key=True, default="")
    number: Mapped[int] = mapped_column(default=0)


def upsert_into(session: Session, table: type[Base]) -> Any:
    """An INSERT that can say what to do about a row that is there already, in the database's own words."""
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[session.get_bind().dialect.name]
    return insert(table)
