"""What the views work with, made once by the composition root and found through the current app."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from integrations.platform import Platform
from plugin.db import Database
from plugin.hello import Rules
from plugin.queue import Jobs
from plugin.settings import Settings
from plugin.storage import Storage
from plugin.web.batches import Batches
from plugin.web.broadcast import Broadcaster
from plugin.web.meeting import Meetings
from plugin.web.snapshots import Snapshots
from plugin.web.tokens import Tokens

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
    batches: Batches
    meetings: Meetings
    hello_rules: Rules


def services() -> Services:
    found: Services = current_app.extensions[EXTENSION]
    return found
