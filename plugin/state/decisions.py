"""What hosts decided, so that it can be looked up and taken back: who, what, when, about whom. Ids only, no names."""

import json
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.state.base import Base, enum_of

# How long it can be taken back: long enough to notice, and short enough that what was hidden is gone soon.
UNDO_SECONDS = 600.0


class DecisionKind(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    DISMISS = "dismiss"
    HIDE_PHOTO = "hide_photo"
    PAUSE = "pause"
    REMOVE = "remove"
    LIFT = "lift"  # a pause
    END_BREAK = "end_break"
    CLOSE = "close"


class Decision(Base):
    """One decision of a host. It goes with the person it is about, and with the event.

    `before` is JSON: how things stood, as ids and states, for whoever takes it back.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_event_id_id", "event_id", "id"),
        {"sqlite_autoincrement": True},  # an id is never given twice: a desk remembers what it may take back
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    host_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id", ondelete="SET NULL"), index=True)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    kind: Mapped[DecisionKind] = mapped_column(enum_of(DecisionKind))
    before: Mapped[str] = mapped_column(Text, default="{}")
    made_at: Mapped[float] = mapped_column(Float, default=time.time)
    undone_at: Mapped[float | None] = mapped_column(Float)
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("attendees.id", ondelete="SET NULL"), index=True)


def note(
    session: Session,
    event_id: int,
    host_id: int,
    kind: DecisionKind,
    about_id: int | None = None,
    before: Mapping[str, Any] | None = None,
) -> int:
    """Note a decision in the transaction that carries it out. Returns its id."""
    made = Decision(
        event_id=event_id, host_id=host_id, about_id=about_id, kind=kind, before=json.dumps(before or {})
    )
    session.add(made)
    session.flush()
    return made.id
