"""What the ways to open a wall have in common: a launch as we keep it, what the host asks for, the desk's address."""

from typing import Any

from flask import request

from integrations.platform import Launch, Platform
from plugin.people.refusal import Refusal
from plugin.platforms.entrances import Entrance, hashed
from plugin.wall.hosting import Opened, Plan
from plugin.web.request.answers import public_address


def plan_of(wishes: Any) -> Plan:
    upload = request.files.get("target")
    return Plan(
        name=str(wishes.get("name") or ""),
        prompt=str(wishes.get("prompt") or ""),
        target_name=str(wishes.get("target_name") or ""),
        target=upload.stream.read() if upload else None,
        reviewed=wishes.get("reviewed") in (True, "1"),
    )


def desk_url(opened: Opened) -> str:
    """The host link of an event that was opened just now."""
    return f"{public_address('pages.desk', code=opened.code)}#{opened.host_key}"


def as_entrance(platform: Platform, launch: Launch) -> Entrance:
    """The launch with hashes in place of the platform's ids."""
    identity, place = launch.identity, launch.meeting
    if place is None:
        raise Refusal(
            401,
            "bad_context",
            "%(platform)s did not say where this is. Close the app and open it again.",
            platform=platform.title,
        )
    return Entrance(
        platform=identity.platform,
        tenant=identity.tenant,
        user_id=identity.user_id,
        assurance=identity.assurance,
        role=launch.role,
        kind=place.kind,
        meeting=hashed(platform.name, place.id, signed=place.signed),
        twin="" if place.is_place else hashed(platform.name, place.id, signed=not place.signed),
        room=hashed(platform.name, place.room),
        parent=hashed(platform.name, place.parent_hint),
        code=launch.event_code,
        client_id=launch.client_id,
        signed=place.signed,
        installers_start=place.kind in platform.installers_start_in,
        may_prove_later=launch.may_prove_later,
        may_start=launch.may_start,
        is_place=place.is_place,
        chat=hashed(platform.name, f"chat {place.chat_hint}" if place.chat_hint else ""),
        address=launch.profile.email,
    )
