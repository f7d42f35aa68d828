"""The tables about registrations: whom an organizer's event platform told us to expect."""

import time

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.state.models import Base, EncryptedText


class Source(Base):
    """A gathering at a platform whose registrations belong to an event of ours. They are read again and again.

    `read_until` is the newest change (as the platform writes it) that a finished reading has seen, "" before the first.
    `run` counts readings that began from nothing; what the last such reading did not see is not registered any more.
    """

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("event_id", "platform", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    installation_id: Mapped[int | None] = mapped_column(ForeignKey("installations.id", ondelete="SET NULL"))
    platform: Mapped[str] = mapped_column(String(20))
    tenant: Mapped[str] = mapped_column(String(100))
    external_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200), default="")
    run: Mapped[int] = mapped_column(default=0)
    read_until: Mapped[str] = mapped_column(String(40), default="")
    read_at: Mapped[float] = mapped_column(Float, default=0.0)  # the last reading that came to its end
    whole_at: Mapped[float] = mapped_column(Float, default=0.0)  # the last one from nothing
    touched_at: Mapped[float] = mapped_column(Float, default=0.0)
    wanted_at: Mapped[float] = mapped_column(Float, default=time.time)  # when to read next
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(
        String(30), default=""
    )  # why the last reading did not end; "" when it did
    hook_digest: Mapped[bytes | None] = mapped_column(
        LargeBinary, unique=True
    )  # of the address for its hints
    hook_until: Mapped[float] = mapped_column(Float, default=0.0)


class Registration(Base):
    """Somebody who registered. Their address is unreadable without the secret key, and found by a keyed digest.

    `link_version` counts the personal links that were taken back: only a link of the present version opens anything.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        Index("ix_registrations_source_id_email_digest", "source_id", "email_digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(100))
    email_digest: Mapped[bytes] = mapped_column(LargeBinary)
    email: Mapped[str] = mapped_column(EncryptedText)
    name: Mapped[str] = mapped_column(EncryptedText, default="")
    headline: Mapped[str] = mapped_column(EncryptedText, default="")
    refunded: Mapped[bool] = mapped_column(default=False)  # or gone: they are not expected any more
    run: Mapped[int] = mapped_column(default=0)
    link_version: Mapped[int] = mapped_column(default=1)
    attendee_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendees.id", ondelete="SET NULL"), index=True
    )
