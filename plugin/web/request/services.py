"""What the views work with, made once by the composition root and found through the current app."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import current_app

from integrations.platform import Platform
from plugin.people.floods import Budget
from plugin.platforms.trust import SigningKeys
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.draining import Draining
from plugin.state.queue import Jobs
from plugin.state.storage import Storage
from plugin.together.hello import Rules
from plugin.together.here import HereNow
from plugin.web.live.batches import Batches
from plugin.web.live.broadcast import Broadcaster
from plugin.web.live.facts import EventFacts
from plugin.web.live.snapshots import Snapshots
from plugin.web.request.tokens import Tokens

EXTENSION = "mosaic"


@dataclass(frozen=True)
class Services:
    settings: Settings
    database: Database
    storage: Storage
    jobs: Jobs
    tokens: Tokens
    broadcaster: Broadcaster
    snapshots: Snapshots
    platforms: Mapping[str, Platform]
    signing_keys: SigningKeys
    batches: Batches
    facts: EventFacts
    here: HereNow
    hello_rules: Rules
    budget: Budget
    draining: Draining
    # Until when it is remembered that a join code was right, by network and code; see guesses.
    right_codes: dict[tuple[str, str], float] = field(default_factory=dict)


def services() -> Services:
    found: Services = current_app.extensions[EXTENSION]
    return found
