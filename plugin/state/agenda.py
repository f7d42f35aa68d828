"""The table of breaks that are planned beforehand. It goes with its event."""

from sqlalchemy import Float, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from plugin.state.base import Base


class PlannedBreak(Base):
    """A coffee break that begins by itself; with `reveal` the picture is revealed when it ends."""

    __tablename__ = "planned_breaks"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    begins_at: Mapped[float] = mapped_column(Float, index=True)
    minutes: Mapped[int]
    reveal: Mapped[bool] = mapped_column(default=False)
