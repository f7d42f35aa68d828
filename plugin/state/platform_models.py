"""The tables about platforms: proofs that were used, meetings and places, installations, consents, suggestions,
notices."""

import time
from enum import StrEnum

from sqlalchemy import (
    Float,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from plugin.state.base import Base, EncryptedText, enum_of
from plugin.state.models import MAXIMUM_NAME


class UsedTicket(Base):
    """A ticket works once: its digest stays until it would have expired anyway."""

    __tablename__ = "used_tickets"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[float] = mapped_column(Float, index=True)


class Meeting(Base):
    """A platform's room instance that some signed launch named, or a place that somebody set up there.

    Its id, or the place's key, is kept as a hash only.
    """

    __tablename__ = "meetings"
    __table_args__ = (UniqueConstraint("platform", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(20))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"), index=True)
    client_id: Mapped[str] = mapped_column(String(100), default="")  # which of our credentials launched last
    seen_at: Mapped[float] = mapped_column(Float, default=time.time)
    ended_at: Mapped[float | None] = mapped_column(Float)


class Setup(Base):
    """Somebody set up a place beside one that leads to an event of others: one of its hosts has to agree first."""

    __tablename__ = "setups"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), unique=True)
    platform: Mapped[str] = mapped_column(String(20))
    tenant: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(MAXIMUM_NAME))
    asked_at: Mapped[float] = mapped_column(Float, default=time.time)


class HostCode(Base):
    """Made at the desk of an event: whoever types it while setting up a place is a host of the event. Good once."""

    __tablename__ = "host_codes"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    expires_at: Mapped[float] = mapped_column(Float, index=True)


class Installation(Base):
    """Somebody added our app on a platform, for themselves or for everybody of their tenant.

    Or they proved themselves with a token (`assertion`) by which the platform may give others, should they have agreed.

    `user_id` is None until the platform has told whose tokens these are. `account` is the customer's id where it is no
    part of identities. `resource` is what the tokens are for, as the platform says it; we understand nothing of it.
    Somebody may have given a key of the platform's API instead, which never runs out: then `client_id` is "".
    """

    __tablename__ = "installations"
    __table_args__ = (UniqueConstraint("platform", "tenant", "client_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(20))
    client_id: Mapped[str] = mapped_column(String(100))
    tenant: Mapped[str] = mapped_column(String(100), default="")
    account: Mapped[str] = mapped_column(String(100), default="")
    is_for_tenant: Mapped[bool] = mapped_column(default=False)
    user_id: Mapped[str | None] = mapped_column(String(200))
    access_token: Mapped[str] = mapped_column(EncryptedText)
    refresh_token: Mapped[str] = mapped_column(EncryptedText)
    assertion: Mapped[str | None] = mapped_column(EncryptedText)
    scopes: Mapped[str] = mapped_column(String(500), default="")
    resource: Mapped[str] = mapped_column(String(500), default="")
    expires_at: Mapped[float] = mapped_column(Float)
    refreshing_until: Mapped[float] = mapped_column(
        Float, default=0.0
    )  # somebody is spending the refresh token
    installed_at: Mapped[float] = mapped_column(Float, default=time.time)


class Authorization(Base):
    """A consent that was asked for and not answered yet: what its `state` stands for."""

    __tablename__ = "authorizations"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(100))
    resource: Mapped[str] = mapped_column(String(500), default="")
    verifier: Mapped[str] = mapped_column(EncryptedText)
    expires_at: Mapped[float] = mapped_column(Float, index=True)


class SuggestionState(StrEnum):
    WANTED = "wanted"  # to be asked for
    READY = "ready"
    NONE = "none"  # the platform tells nothing, or the person wants none of it


class Suggestion(Base):
    """What the platform tells about an attendee, until they took it over or sent it away."""

    __tablename__ = "suggestions"

    attendee_id: Mapped[int] = mapped_column(ForeignKey("attendees.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[SuggestionState] = mapped_column(enum_of(SuggestionState), default=SuggestionState.WANTED)
    name: Mapped[str | None] = mapped_column(EncryptedText)
    title: Mapped[str | None] = mapped_column(EncryptedText)
    company: Mapped[str | None] = mapped_column(EncryptedText)
    picture_key: Mapped[str | None] = mapped_column(String(32))
    picture_ready: Mapped[bool] = mapped_column(default=False)  # cleaned, so that it may be shown
    # What the person should agree to before the platform tells anything: "" simply so, else a claims challenge.
    consent_wanted: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    touched_at: Mapped[float] = mapped_column(Float, default=time.time)


class Notice(Base):
    """A platform's notice that was believed. Once it is done, only hashes of whom it was about stay."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("platform", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(20))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(EncryptedText)
    subject_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[float] = mapped_column(Float, default=time.time)
    touched_at: Mapped[float] = mapped_column(Float, default=time.time)
    done_at: Mapped[float | None] = mapped_column(Float)


class SigningKeySet(Base):
    """A platform's public keys, as its address told them last: they outlive restarts and outages of the platform."""

    __tablename__ = "signing_keys"

    url: Mapped[str] = mapped_column(String(500), primary_key=True)
    keys: Mapped[str] = mapped_column(Text, default="{}")
    fetched_at: Mapped[float] = mapped_column(Float, default=0.0)
    tried_at: Mapped[float] = mapped_column(Float, default=0.0)
