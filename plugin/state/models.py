"""The tables. Words are those of the design; every time is in seconds since 1970, UTC."""

import time
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from plugin.state.base import Base, EncryptedText, enum_of
from plugin.state.folding import folded

MAXIMUM_STORY = 140
MAXIMUM_NAME = 80
MAXIMUM_TITLE = 80
MAXIMUM_PROMPT = 140
MAXIMUM_EVENT_NAME = 80
MAXIMUM_CREDITS = 2000
MAXIMUM_NOTICE = 200
MAXIMUM_NOTICE_URL = 300


class Assurance(StrEnum):
    PROVED = "proved"
    CLAIMED = "claimed"
    GUEST = "guest"


class Role(StrEnum):
    HOST = "host"
    CO_HOST = "co_host"
    ORGANIZER = "organizer"
    ATTENDEE = "attendee"


HOSTS = (Role.HOST, Role.CO_HOST)


class Reachability(StrEnum):
    OPEN = "open"
    LOOKING = "looking"
    HIDDEN = "hidden"


class StageChoice(StrEnum):
    """What somebody said about the stage. Whoever said nothing is on it, unless it is recorded or public."""

    UNSAID = "unsaid"
    NO = "no"
    PHOTO = "photo"
    NAMED = "named"  # with name and story


class PictureCheck(StrEnum):
    """What becomes of pictures that our check takes for sexual ones."""

    OFF = "off"  # nothing is checked
    ASK = "ask"  # a host looks first
    REFUSE = "refuse"  # the same, and what it is sure of is not taken at all


class EventState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class PhotoState(StrEnum):
    RECEIVED = "received"  # bytes are stored, nobody has looked inside
    PREPARED = "prepared"  # cleaned, waits for its cell
    HELD = "held"  # cleaned, waits for the host's look
    PLACED = "placed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # nobody sees it; files and row go once its cells are refilled


class Tenant(Base):
    __tablename__ = "tenants"
    __table_args__ = (UniqueConstraint("platform", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))
    # The keys that its tickets may be signed with, newest first, one a line.
    ticket_key: Mapped[str | None] = mapped_column(EncryptedText)
    # Made by somebody for themselves: its tickets count only in the events that it was let into.
    is_bound: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[float] = mapped_column(Float, default=time.time)


class Event(Base):
    __tablename__ = "events"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(MAXIMUM_EVENT_NAME))
    prompt: Mapped[str] = mapped_column(String(MAXIMUM_PROMPT))
    credits: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[EventState] = mapped_column(enum_of(EventState), default=EventState.OPEN)
    reviewed: Mapped[bool] = mapped_column(default=False)  # photos are held until a host approves them
    stage_public: Mapped[bool] = mapped_column(default=False)  # the stage is recorded, or strangers see it
    # The host's own sentence beside Send, and where to read more; "" for none.
    notice: Mapped[str] = mapped_column(String(MAXIMUM_NOTICE), default="")
    notice_url: Mapped[str] = mapped_column(String(MAXIMUM_NOTICE_URL), default="")
    language: Mapped[str] = mapped_column(String(8), default="")  # "" for each person's own
    hellos: Mapped[bool] = mapped_column(default=True)  # people may begin to talk
    lines: Mapped[bool] = mapped_column(default=True)  # and stand in line
    own_words: Mapped[str] = mapped_column(Text, default="")  # that no text may hold, one a line
    trusts: Mapped[bool] = mapped_column(default=False)  # nobody waits whom a host has approved twice
    picture_check: Mapped[PictureCheck] = mapped_column(enum_of(PictureCheck), default=PictureCheck.OFF)
    takes_photos: Mapped[bool] = mapped_column(default=True)
    stage_cleared: Mapped[bool] = mapped_column(default=False)  # nobody is on it for now
    # Its own look: a colour as #rrggbb, the key of the logo and the ground on which that is seen; "" for none.
    accent: Mapped[str] = mapped_column(String(7), default="")
    logo: Mapped[str] = mapped_column(String(32), default="")
    logo_ground: Mapped[str] = mapped_column(String(10), default="")
    logo_wished: Mapped[str | None] = mapped_column(String(100))  # an upload that no job has looked into yet
    logo_refusal: Mapped[str | None] = mapped_column(String(30))  # why the last one was not taken
    host_key_digest: Mapped[bytes] = mapped_column(LargeBinary)
    # Digest of the platform identity that opened it.
    opener: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[float] = mapped_column(Float, default=time.time)

    wall: Mapped["Wall"] = relationship(back_populates="event", uselist=False)

    @property
    def terms(self) -> str:
        """The notice as a photo keeps it."""
        return " ".join(part for part in (self.notice, self.notice_url) if part)


class EventTenant(Base):
    """A tenant whose hosts may host this event: it was let in."""

    __tablename__ = "event_tenants"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)


class Wall(Base):
    __tablename__ = "walls"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), unique=True)
    media_key: Mapped[str] = mapped_column(String(32), unique=True)
    target_source: Mapped[str] = mapped_column(
        String(100)
    )  # a built-in target's name, or the storage key of an upload; the last one that was opened
    target_wished: Mapped[str | None] = mapped_column(String(100))  # a source that no job has looked into yet
    target_refusal: Mapped[str | None] = mapped_column(String(30))  # why the last source was not taken
    target_opened: Mapped[int] = mapped_column(
        default=0
    )  # counts the pictures that were opened; names the newest
    target_used: Mapped[int] = mapped_column(default=0)  # the one that the wall is made by
    target_revision: Mapped[int] = mapped_column(default=0)  # since when; names its files
    target_drawing: Mapped[bool] = mapped_column(default=False)  # preparing it makes a difference
    prepared_wished: Mapped[bool] = mapped_column(
        default=True
    )  # made by the prepared picture, or the original
    prepared: Mapped[bool] = mapped_column(default=True)
    tint_wished: Mapped[int] = mapped_column(default=0)  # per cent
    tint: Mapped[int] = mapped_column(default=0)
    tints: Mapped[bytes | None] = mapped_column(LargeBinary)  # of the cells, if an echo is there: a byte each
    revision: Mapped[int] = mapped_column(default=0)
    generation: Mapped[int] = mapped_column(default=0)  # 0 without a grid; +1 with each new one
    columns: Mapped[int] = mapped_column(default=0)  # 0 until the target is ready
    rows: Mapped[int] = mapped_column(default=0)
    cells: Mapped[bytes] = mapped_column(
        LargeBinary, default=b""
    )  # uint32 LE, photo id a cell, row-major; 0 = empty
    details: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # which detail of its photo each cell shows: a byte a cell, 0 = the whole; walls of before have none
    # What the stage shows in each cell, and which detail of it; NULL where it shows what panels do.
    stage_cells: Mapped[bytes | None] = mapped_column(LargeBinary)
    stage_details: Mapped[bytes | None] = mapped_column(LargeBinary)
    count: Mapped[int] = mapped_column(default=0)  # homes
    whole_wished: Mapped[bool] = mapped_column(default=False)  # whole photos only, no details
    whole: Mapped[bool] = mapped_column(default=False)
    reveal_wished: Mapped[bool] = mapped_column(default=False)  # what the host wants
    revealed: Mapped[bool] = mapped_column(default=False)  # what the grid is
    once_wished: Mapped[bool] = mapped_column(default=False)  # the other finish: each photo once, no echoes
    once: Mapped[bool] = mapped_column(default=False)
    reveal_on_close: Mapped[bool] = mapped_column(default=False)  # the reveal comes with the end of the break
    before: Mapped[bytes | None] = mapped_column(LargeBinary)  # the live wall, for undoing a finish
    improvable: Mapped[bool] = mapped_column(default=False)  # quiet moments may still better its echoes
    changed_at: Mapped[float] = mapped_column(Float, default=0.0)  # by placing, improving or the host
    overview_revision: Mapped[int] = mapped_column(default=0)
    overview_cell_px: Mapped[int] = mapped_column(default=0)
    levels: Mapped[str] = mapped_column(
        Text, default="[]"
    )  # JSON: cell_px, tile_cells, tile_count of each level
    tiles: Mapped[bytes] = mapped_column(
        LargeBinary, default=b""
    )  # uint32 LE, revision a tile, level after level
    tiles_pending: Mapped[bool] = mapped_column(default=False)  # cells changed whose tiles are not drawn yet
    threads: Mapped[int] = mapped_column(default=0)  # a number that moves whenever the threads do
    room: Mapped[int] = mapped_column(default=0)  # how many photos it can hold at all; 0 before it has a grid

    event: Mapped[Event] = relationship(back_populates="wall")


class Attendee(Base):
    __tablename__ = "attendees"
    __table_args__ = (
        UniqueConstraint("event_id", "platform", "tenant", "user_id"),
        Index("ix_attendees_event_id_came_from", "event_id", "came_from", "joined_at"),
        Index("ix_attendees_event_id_device", "event_id", "device"),
        Index("ix_attendees_event_id_room", "event_id", "room"),
        Index("ix_attendees_event_id_role", "event_id", "role"),
        Index("ix_attendees_search", "event_id", "folded", "id"),
        {
            "sqlite_autoincrement": True
        },  # what a browser keeps names somebody by the id, long after an event is deleted
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    platform: Mapped[str] = mapped_column(String(20))
    tenant: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[str] = mapped_column(String(200))  # a guest's is random and ours
    assurance: Mapped[Assurance] = mapped_column(enum_of(Assurance))
    role: Mapped[Role] = mapped_column(enum_of(Role), default=Role.ATTENDEE)
    # What a host decided about their being a co-host, whatever the platform says; None where nobody has.
    appointed: Mapped[bool | None]
    name: Mapped[str] = mapped_column(String(MAXIMUM_NAME), default="")
    title: Mapped[str] = mapped_column(String(MAXIMUM_TITLE), default="")  # what they do and where
    folded: Mapped[str] = mapped_column(Text, default="")  # name and title as they are searched
    room: Mapped[str] = mapped_column(String(32), default="")  # of the breakout room they are in; opaque
    email: Mapped[str | None] = mapped_column(EncryptedText)
    reachability: Mapped[Reachability] = mapped_column(enum_of(Reachability), default=Reachability.OPEN)
    stage: Mapped[StageChoice] = mapped_column(enum_of(StageChoice), default=StageChoice.UNSAID)
    stage_public: Mapped[bool] = mapped_column(
        default=False
    )  # they were told that it is recorded or public when they chose
    in_keepsake: Mapped[bool] = mapped_column(default=False)
    keepsake_terms: Mapped[int] = mapped_column(default=0)  # which wording of that question they answered
    only_whole: Mapped[bool] = mapped_column(default=False)  # no details of their photo anywhere
    host_keeps: Mapped[bool] = mapped_column(default=False)  # the host may keep their name and photo
    contact: Mapped[str | None] = mapped_column(EncryptedText)  # shown to those with whom both agreed
    greeter: Mapped[bool] = mapped_column(default=False)  # is shown photos that nobody has opened yet
    shown_here: Mapped[bool] = mapped_column(default=True)  # others may see that they are here now
    paused_at: Mapped[float | None] = mapped_column(Float)  # out of sight until a host has looked
    paused_by_host: Mapped[bool] = mapped_column(default=False)
    cleared_at: Mapped[float | None] = mapped_column(
        Float
    )  # a host looked and let them go on: reports alone do not pause them any more
    removed_at: Mapped[float | None] = mapped_column(Float)  # by a host, or by themselves: nobody any more
    joined_at: Mapped[float] = mapped_column(Float, default=time.time)
    entry_digest: Mapped[bytes | None] = mapped_column(
        LargeBinary, index=True
    )  # of the start token they came by
    # Digests that mean nothing outside this event: of the network they came from, and of what their browser keeps.
    came_from: Mapped[bytes | None] = mapped_column(LargeBinary)
    device: Mapped[bytes | None] = mapped_column(LargeBinary)
    waits: Mapped[bool] = mapped_column(default=False)  # a host looks at their photo before it shows

    @validates("name", "title")
    def _fold(self, changed: str, value: str) -> str:
        texts = {"name": self.name, "title": self.title} | {changed: value}
        self.folded = folded("\n".join(each or "" for each in texts.values()))
        return value


def on_stage() -> ColumnElement[bool]:
    """Whether the stage may show an attendee's photo: for queries over attendees and their events."""
    said_yes = Attendee.stage.in_((StageChoice.PHOTO, StageChoice.NAMED))
    may_be = or_(
        and_(said_yes, Attendee.stage_public),
        and_(Attendee.stage != StageChoice.NO, Event.stage_public.is_(False)),
    )
    return and_(may_be, Event.stage_cleared.is_(False))


class WaitingDevice(Base):
    """The browser of somebody whom a host paused or took out: whoever joins anew with it waits for the host's look."""

    __tablename__ = "waiting_devices"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    device: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class Photo(Base):
    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("attendee_id", "idempotency_key"),
        # With all that a search looks at, newest first: the rows themselves are large.
        Index("ix_photos_search", "wall_id", "state", "id", "attendee_id", "folded"),
        # With all by which a job sees whose photo is to be shown otherwise now.
        Index("ix_photos_shown", "wall_id", "state", "attendee_id", "staged", "whole"),
        Index("ix_photos_state_touched_at", "state", "touched_at"),
        {"sqlite_autoincrement": True},  # an id is never given twice: panels and renditions remember ids
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    wall_id: Mapped[int] = mapped_column(ForeignKey("walls.id"))
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id"), index=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(80))
    state: Mapped[PhotoState] = mapped_column(enum_of(PhotoState), default=PhotoState.RECEIVED)
    refusal: Mapped[str | None] = mapped_column(String(30))
    story: Mapped[str] = mapped_column(String(MAXIMUM_STORY))
    folded: Mapped[str] = mapped_column(Text, default="")  # the story as it is searched
    prompt: Mapped[str] = mapped_column(String(MAXIMUM_PROMPT))
    crop_x: Mapped[float | None] = mapped_column(Float)
    crop_y: Mapped[float | None] = mapped_column(Float)
    descriptor: Mapped[bytes | None] = mapped_column(LargeBinary)  # float32 LE x 48
    details: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # the descriptors of its details, uint8 61 x 48; empty where they cannot be made, none until they are
    whole: Mapped[bool] = mapped_column(default=False)  # whether the wall shows it whole only
    staged: Mapped[bool] = mapped_column(default=False)  # whether the stage's renditions show it
    attempts: Mapped[int] = mapped_column(default=0)
    waits: Mapped[bool] = mapped_column(
        default=False
    )  # for a host's look, whatever the event does with others
    doubted: Mapped[bool] = mapped_column(default=False)  # our check takes it for a sexual picture
    agreed: Mapped[str | None] = mapped_column(Text)  # the host's notice that stood beside Send
    received_at: Mapped[float] = mapped_column(Float, default=time.time)
    placed_at: Mapped[float | None] = mapped_column(Float)  # when it came onto the wall for the first time
    touched_at: Mapped[float] = mapped_column(Float, default=time.time)

    attendee: Mapped[Attendee] = relationship()

    @validates("story")
    def _fold(self, _changed: str, value: str) -> str:
        self.folded = folded(value)
        return value


class Placement(Base):
    """A home. The two constraints, not the jobs, promise one photo a cell and one home a photo."""

    __tablename__ = "placements"
    __table_args__ = (
        UniqueConstraint("wall_id", "photo_id"),
        CheckConstraint("cell >= 0", name="cell_not_negative"),
    )

    wall_id: Mapped[int] = mapped_column(ForeignKey("walls.id"), primary_key=True)
    cell: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photos.id"), index=True)


class Change(Base):
    """What one revision changed, in ids only: names and stories are looked up on reading, so erasing reaches them."""

    __tablename__ = "changes"

    wall_id: Mapped[int] = mapped_column(ForeignKey("walls.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[float] = mapped_column(Float, default=time.time)
