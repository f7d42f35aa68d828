"""The tables about ways in: by which devices and identities somebody may come who is here already, what is asked for
while a screen does not know its viewer yet, and codes that were mailed."""

import time
from enum import StrEnum

from sqlalchemy import Float, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.state.base import Base, enum_of
from plugin.state.models import Role


class DoorKind(StrEnum):
    IDENTITY = "identity"  # another proved identity of theirs: somebody who turned out to be the same person
    PAIRED = "paired"  # a screen that a device of theirs spoke for
    PHONE = "phone"  # a phone that read the code in their panel
    LINK = "link"  # their personal link, on whatever device it is open
    DESK = "desk"  # their desk in a window of its own, which the panel of a host opened
    MAIL = "mail"  # a device on which they typed a code that was mailed to them


class Door(Base):
    """A way in to somebody beside their own identity. Whoever came by it can no longer once the row is gone: every
    token and return key names its door, and an id is never given twice.

    `role` is what somebody may do who came by it; None: whatever the person may. `parent_id` is the door of the device
    that opened this one: what hangs on a link goes with the link. `former_id` is the emptied row of whoever turned out
    to be this person, so that what their browser keeps still leads to them.
    """

    __tablename__ = "doors"
    __table_args__ = (
        UniqueConstraint("event_id", "platform", "tenant", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("doors.id", ondelete="CASCADE"), index=True)
    kind: Mapped[DoorKind] = mapped_column(enum_of(DoorKind))
    role: Mapped[Role | None] = mapped_column(enum_of(Role))
    # Of an identity only; all NULL otherwise, so that the constraint lets any number of others be.
    platform: Mapped[str | None] = mapped_column(String(20))
    tenant: Mapped[str | None] = mapped_column(String(100))
    user_id: Mapped[str | None] = mapped_column(String(200))
    former_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendees.id", ondelete="SET NULL"), unique=True
    )
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    device: Mapped[bytes | None] = mapped_column(LargeBinary)  # digest, see plugin.people.devices
    system: Mapped[str] = mapped_column(String(20), default="")  # such as Windows; "" where nobody knows
    in_client: Mapped[bool] = mapped_column(
        default=False
    )  # inside a meeting client, not a browser of its own
    opened_at: Mapped[float] = mapped_column(Float, default=time.time)
    seen_at: Mapped[float] = mapped_column(Float, default=time.time)


class PairingState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    OVER = "over"  # refused, or the wrong number was chosen


class Pairing(Base):
    """A screen asks whose it is, by a code that somebody types or scans who is known already. Good once, for minutes.

    `number` stands on the screen that asks, among the `choices` of the one that confirms. After that, `attendee_id` is
    who both are, and `door_id` the way in of the screen; None where its own identity is the one that stays.
    """

    __tablename__ = "pairings"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    asker_id: Mapped[int] = mapped_column(ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    asker_door_id: Mapped[int | None] = mapped_column(ForeignKey("doors.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    number: Mapped[int] = mapped_column()
    choices: Mapped[str] = mapped_column(String(20))
    system: Mapped[str] = mapped_column(String(20), default="")
    in_client: Mapped[bool] = mapped_column(default=False)
    network: Mapped[bytes | None] = mapped_column(LargeBinary)
    device: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[PairingState] = mapped_column(enum_of(PairingState), default=PairingState.OPEN)
    attendee_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendees.id", ondelete="CASCADE"), index=True
    )
    door_id: Mapped[int | None] = mapped_column(ForeignKey("doors.id", ondelete="CASCADE"))
    expires_at: Mapped[float] = mapped_column(Float, index=True)


class MailedCode(Base):
    """A code that somebody asked for. The row is there whether or not anybody is registered under the address, so that
    both look the same from outside. The digits are made when they are mailed, and only their keyed digest stays."""

    __tablename__ = "mailed_codes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    email_digest: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    language: Mapped[str] = mapped_column(String(5))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)  # how often mailing was tried
    asked_at: Mapped[float] = mapped_column(Float, default=time.time, index=True)
    sent_at: Mapped[float | None] = mapped_column(Float)
    used_at: Mapped[float | None] = mapped_column(Float)
