"""Use cases about registrations: whom an organizer's event platform told us to expect."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.state.registrations import Registration, Source


def registered(session: Session, event_id: int, *digests: bytes) -> Registration | None:
    """The registration for an event that is kept under one of these digests of an address.

    None where nobody is expected under it, because they never were, or not any more: refunded, or gone.
    """
    return session.scalar(
        select(Registration)
        .join(Source, Source.id == Registration.source_id)
        .where(
            Source.event_id == event_id,
            Registration.email_digest.in_(digests),
            Registration.refunded.is_(False),
        )
        .order_by(Registration.id)
        .limit(1)
    )
