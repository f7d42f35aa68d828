"""The tables. Words are those of the design; every time is in seconds since 1970, UTC."""

import time
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    or_,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from plugin.state.db import cipher_of
from plugin.state.keys import print_key

MAXIMUM_STORY = 140
MAXIMUM_NAME = 80
MAXIMUM_TITLE = 80
MAXIMUM_PROMPT = 140
MAXIMUM_EVENT_NAME = 80
MAXIMUM_CREDITS = 2000
MAXIMUM_NOTICE = 200
MAXIMUM_NOTICE_URL = 300


class EncryptedText(TypeDecorator[str]):
    """Text that is unreadable in a copy of the database without the secret key."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).encrypt(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else cipher_of(dialect).decrypt(value).decode()


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def enum_of(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind, native_enum=False, length=20, values_callable=lambda values: [each.value for each in values]
    )


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

    event: Mapped[Event] = relationship(back_populates="wall")


class Attendee(Base):
    __tablename__ = "attendees"
    __table_args__ = (
        UniqueConstraint("event_id", "platform", "tenant", "user_id"),
        Index("ix_attendees_event_id_came_from", "event_id", "came_from", "joined_at"),
        Index("ix_attendees_event_id_device", "event_id", "device"),
        Index("ix_attendees_event_id_room", "event_id", "room"),
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
    contact: Mapped[str | None] = mapped_column(EncryptedText)  # shown to those with whom both agreed
    greeter: Mapped[bool] = mapped_column(default=False)  # is shown photos that nobody has opened yet
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


def on_stage() -> ColumnElement[bool]:
    """Whether the stage may show an attendee's photo: for queries over attendees and their events."""
    said_yes = Attendee.stage.in_((StageChoice.PHOTO, StageChoice.NAMED))
    return or_(
        and_(said_yes, Attendee.stage_public),
        and_(Attendee.stage != StageChoice.NO, Event.stage_public.is_(False)),
    )


class WaitingDevice(Base):
    """The browser of somebody whom a host paused or took out: whoever joins anew with it waits for the host's look."""

    __tablename__ = "waiting_devices"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    device: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class Photo(Base):
    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("attendee_id", "idempotency_key"),
        Index("ix_photos_wall_id_state", "wall_id", "state"),
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
    agreed: Mapped[str | None] = mapped_column(Text)  # the host's notice that stood beside Send
    received_at: Mapped[float] = mapped_column(Float, default=time.time)
    touched_at: Mapped[float] = mapped_column(Float, default=time.time)

    attendee: Mapped[Attendee] = relationship()


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
