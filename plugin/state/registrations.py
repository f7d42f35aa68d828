"""The tables about registrations: whom an organizer's event platform told us to expect."""

import time

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.state.base import Base, EncryptedText


class Source(Base):
    """A gathering at a platform whose registrations belong to an event of ours. They are read again and again.

    A reading goes from page to page: `page` is where the one under way goes on, "" while none is. `is_whole` says that
    it began from nothing; `run` counts those, and a registration that two of them in a row did not see is gone.
    `newest` is the latest change that any reading has seen, by the platform's clock; `read_until` what it was when the
    last finished reading began: whatever changes while one is under way comes with the next.
    """

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("event_id", "platform", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    installation_id: Mapped[int | None] = mapped_column(
        ForeignKey("installations.id", ondelete="SET NULL"), index=True
    )
    platform: Mapped[str] = mapped_column(String(20))
    tenant: Mapped[str] = mapped_column(String(100))
    owner: Mapped[str] = mapped_column(
        String(200), default=""
    )  # whose it is again, should they come with new tokens
    external_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200), default="")
    place_key: Mapped[str] = mapped_column(EncryptedText, default="")  # in the address that is embedded there
    frames: Mapped[str] = mapped_column(String(500), default="")  # more hosts whose pages show it
    page: Mapped[str] = mapped_column(Text, default="")
    pages: Mapped[int] = mapped_column(default=0)  # of the reading under way
    idle_pages: Mapped[int] = mapped_column(default=0)  # of those in a row, how many brought nobody new
    is_whole: Mapped[bool] = mapped_column(default=False)
    run: Mapped[int] = mapped_column(default=0)
    newest: Mapped[float] = mapped_column(Float, default=0.0)
    read_until: Mapped[float] = mapped_column(Float, default=0.0)
    next_until: Mapped[float] = mapped_column(Float, default=0.0)  # `newest` when the one under way began
    read_at: Mapped[float] = mapped_column(Float, default=0.0)  # the last reading that came to its end
    whole_at: Mapped[float] = mapped_column(Float, default=0.0)  # the last one from nothing
    reading_until: Mapped[float] = mapped_column(Float, default=0.0)  # somebody is reading
    wanted_at: Mapped[float] = mapped_column(Float, default=time.time, index=True)  # when to read next
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(30), default="")  # why the last reading did not end
    hook_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of the address for hints
    hook_until: Mapped[float] = mapped_column(Float, default=0.0)


class Registration(Base):
    """Somebody who registered. Their address is unreadable without the secret key, and found by a keyed digest.

    `link_version` counts the personal links that were taken back: only a link of the present version opens anything.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        Index("ix_registrations_source_id_email_digest", "source_id", "email_digest"),
        {"sqlite_autoincrement": True},  # a personal link names its registration by the id
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
