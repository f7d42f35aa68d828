"""The composition root: settings in, a Flask app out. The only place that puts the parts together."""

import json
import os
import re
from copy import copy
from functools import cache
from pathlib import Path
from wsgiref.types import WSGIApplication

from flask import Flask, request
from jinja2 import FileSystemLoader
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from integrations.registry import ADAPTERS, platforms
from plugin.people.floods import Budget
from plugin.people.post import TEMPLATES
from plugin.platforms.trust import SigningKeys
from plugin.settings import Settings
from plugin.state import logs
from plugin.state.db import Database
from plugin.state.draining import NOT_TOLD, Draining
from plugin.state.feed import Feed
from plugin.state.presence import Presence
from plugin.state.queue import Jobs, connect
from plugin.state.storage import Storage
from plugin.together.hello import Rules
from plugin.together.here import HereNow
from plugin.together.stroll import Strolls
from plugin.wall.counters import Tally
from plugin.web.live.batches import Batches
from plugin.web.live.broadcast import Broadcaster
from plugin.web.live.facts import EventFacts
from plugin.web.live.snapshots import Snapshots
from plugin.web.request import bodies, errors, headers, languages, limits, seen
from plugin.web.request.again import Persistent
from plugin.web.request.proxies import BelowPath, MeantMethod
from plugin.web.request.services import EXTENSION, Services
from plugin.web.request.tokens import Tokens
from plugin.web.views import (
    brand,
    breaks,
    cohosts,
    doors,
    going,
    hand,
    health,
    hello,
    host,
    live,
    pages,
    pairing,
    panel,
    photos,
    picture,
    places,
    platform,
    prints,
    profiles,
    recaps,
    safety,
    stroll,
)

STATIC = Path(__file__).parent / "static"
STATIC_SECONDS = 3600
HASHED = re.compile(
    r"^/static/dist/[^/]+-[A-Z0-9]{8}\.[a-z]+$"
)  # the bundler's names change with the content


OURS = (
    *(panel, pairing, doors, photos, live, host, picture, places, prints, profiles, pages, health),
    *(stroll, hello, breaks, cohosts, safety, recaps, hand, brand, going),
)


def create_app(settings: Settings, draining: Draining = NOT_TOLD) -> Flask:
    """The service as a WSGI app. Nothing is connected to until the first request needs it."""
    app = Persistent("plugin", static_folder=None)
    app.jinja_loader = FileSystemLoader(TEMPLATES)
    app.jinja_env.globals.update(asset=asset, below=below, base_url=settings.base_url)
    known = app.extensions[EXTENSION] = _services(settings, draining)
    seen.init_app(app, behind_proxy=settings.proxies > 0)
    bodies.init_app(app, settings.upload_bytes)
    for part in OURS:
        app.register_blueprint(part.bp)
    for each in known.platforms.values():
        for blueprint in platform.blueprints(each):
            app.register_blueprint(blueprint)
    languages.init_app(app, asset)
    errors.init_app(app)
    headers.init_app(app)
    limits.init_app(app, settings.redis_url)
    app.wsgi_app = _behind_proxies(_with_static_files(app.wsgi_app), settings)  # type: ignore[method-assign, assignment]
    return app


def _services(settings: Settings, draining: Draining) -> Services:
    redis = connect(settings.redis_url)
    database = Database(settings)
    presence = Presence(redis)
    facts = EventFacts(database, presence)
    broadcaster = Broadcaster(database, Feed(redis), facts)
    return Services(
        settings=settings,
        database=database,
        storage=Storage.of(settings),
        jobs=Jobs(redis),
        tokens=Tokens(settings.secret_keys),
        broadcaster=broadcaster,
        snapshots=Snapshots(database, broadcaster, facts),
        platforms=platforms(settings.platform_options),
        signing_keys=SigningKeys(database),
        batches=Batches(database, Tally(), Strolls(database), presence),
        facts=facts,
        here=HereNow(database, presence),
        hello_rules=Rules(settings.hellos_soon, settings.hellos_event),
        budget=Budget(settings.guests_an_hour, settings.photos_at_once),
        draining=draining,
    )


def _with_static_files(app: WSGIApplication) -> WSGIApplication:
    served = copy(_static_files())
    served.application = app
    return served  # type: ignore[no-any-return]


@cache
def _static_files() -> WhiteNoise:
    """They do not change while a process lives: it looks at them once."""
    return WhiteNoise(
        NotFound(),
        root=STATIC,
        prefix="static/",
        max_age=STATIC_SECONDS,
        immutable_file_test=_is_immutable,
        add_headers_function=_static_headers,
    )


def _behind_proxies(app: WSGIApplication, settings: Settings) -> WSGIApplication:
    app = MeantMethod(app)
    if settings.base_path:
        app = BelowPath(app, settings.base_path)
    if settings.proxies:
        app = ProxyFix(app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0)
    return app


def create_app_from_environ() -> Flask:
    """What gunicorn calls."""
    settings = Settings.from_environ(os.environ, ADAPTERS)
    logs.set_up(settings)
    return create_app(settings, Draining.of(os.environ))


@cache
def _manifest() -> dict[str, str]:
    path = STATIC / "dist" / "manifest.json"
    try:
        names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuntimeError("The browser code is not built. Run: make build-browser") from None
    return names


def asset(name: str) -> str:
    """The address of a built script or style sheet; it changes with the content."""
    return below(f"/static/dist/{_manifest()[name]}")


def below(address: str) -> str:
    """An address on this service as pages must write it: below the path that we are served at."""
    return f"{request.script_root}{address}"


def _is_immutable(_path: str, url: str) -> bool:
    return HASHED.search(url) is not None


def _static_headers(response_headers: object, _path: str, _url: str) -> None:
    response_headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]
    response_headers["Referrer-Policy"] = "no-referrer"  # type: ignore[index]
