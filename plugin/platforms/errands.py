"""`python -m plugin.platforms.errands`: the process that goes to platforms, so that nothing else waits for them.

It does the jobs of one queue, and looks for those that got lost. It is a place where parts are put together, like
plugin.app, and the only one beside the web that knows adapters.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TypeVar

from plugin.loading import loading

with loading():
    from redis.exceptions import RedisError
    from sqlalchemy.exc import SQLAlchemyError

    from integrations.platform import Gatherings, Part, Platform, PlatformError, Profile, Registered
    from integrations.registry import ADAPTERS, platforms
    from plugin.people import mailing, profiles
    from plugin.people.post import Post, PostError
    from plugin.people.profiles import Told
    from plugin.platforms import calls, given_up, installs, notices
    from plugin.platforms import registrations as readings
    from plugin.platforms.calls import Api, ConsentWantedError, app_of
    from plugin.platforms.http import TokenRefusedError
    from plugin.platforms.registrations import Turn
    from plugin.settings import Settings
    from plugin.state import logs
    from plugin.state.db import Database
    from plugin.state.feed import Feed, News
    from plugin.state.models import Attendee
    from plugin.state.queue import ERRANDS, Jobs, connect, connect_waiting
    from plugin.state.registrations import Source
    from plugin.state.storage import Storage
    from plugin.state.working import SeenWorker

logger = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
RECONNECT_SECONDS = 1.0
UNNAMED_SECONDS = 30.0
UNNAMED_KEPT_SECONDS = 86_400.0
REVOKE_PAUSE_SECONDS = 300.0  # until a platform that did not answer is asked again
GIVEN_UP_KEPT_SECONDS = 86_400.0
ASSERTIONS_KEPT_SECONDS = 6 * 3600.0
READING_SECONDS = 8.0  # at a stretch: others wait for errands too

T = TypeVar("T")


@dataclass(frozen=True)
class Office:
    """What errands work with."""

    database: Database
    storage: Storage
    jobs: Jobs
    feed: Feed
    platforms: Mapping[str, Platform]
    base_url: str
    secret_keys: tuple[str, ...] = field(repr=False)
    post: Post | None = None  # None where no mail goes out

    @property
    def secret(self) -> str:
        return self.secret_keys[0]


def open_office(settings: Settings) -> Office:
    redis = connect(settings.redis_url)
    return Office(
        Database(settings),
        Storage.of(settings),
        Jobs(redis),
        Feed(redis),
        platforms(settings.platform_options),
        settings.base_url,
        settings.secret_keys,
        Post(settings.smtp_url, settings.mail_from, settings.base_url) if settings.smtp_url else None,
    )


@cache
def office() -> Office:
    """The office of this process, from its environment."""
    return open_office(Settings.from_environ(os.environ, ADAPTERS))


# ---- the jobs, by the names that plugin.state.queue enqueues ----------------------------------------


def notice(notice_id: int) -> None:
    """Carry out what a platform reported."""
    here = office()
    notices.carry_out(here.database, here.storage, here.jobs, here.feed, notice_id)


def mail(code_id: int) -> None:
    """Mail a code to whoever is registered under the address that somebody typed."""
    here = office()
    letter = mailing.take_on(here.database, here.secret_keys, code_id) if here.post is not None else None
    if letter is None or here.post is None:
        return
    try:
        here.post.send(letter.to, "code", letter.language, digits=letter.digits, event=letter.event)
    except PostError as error:
        logger.warning("mail of code %s: %s", code_id, error)
        if not error.permanent:
            return
    mailing.note_sent(here.database, code_id)


def profile(attendee_id: int) -> None:
    """Ask the platform what it tells about somebody, and offer it to them."""
    here = office()
    attendee = profiles.take_on(here.database, attendee_id)
    platform = here.platforms.get(attendee.platform) if attendee is not None else None
    if attendee is None or platform is None:
        return
    try:
        told = _told(here, platform, attendee)
    except ConsentWantedError as error:
        _want_consent(here, attendee_id, error.challenge)
        return
    except PlatformError as error:
        logger.info("profile of attendee %s: %s", attendee_id, error.code)
        if error.permanent:
            profiles.give_up(here.database, attendee_id)
        elif error.after_seconds:
            profiles.put_off(here.database, attendee_id, error.after_seconds)
        return
    if told is None:
        profiles.give_up(here.database, attendee_id)
    else:
        profiles.note(here.database, here.storage, here.jobs, attendee_id, told)
    here.feed.publish(News(0, attendee_id))


def _want_consent(here: Office, attendee_id: int, challenge: str) -> None:
    """Somebody has to agree first; or has just done so, and the platform does not know everywhere yet."""
    pause = profiles.want_consent(here.database, attendee_id, challenge)
    if pause is None:
        here.feed.publish(News(0, attendee_id))
        return
    again = threading.Timer(pause, here.jobs.ask_for_profile, (attendee_id,))
    again.daemon = True
    again.start()


def owner(installation_id: int) -> None:
    """Ask the platform whose tokens these are, where it could not tell when the app was added."""
    here = office()
    found = installs.platform_of(here.database, installation_id)
    platform = here.platforms.get(found) if found else None
    if platform is None:
        return
    try:
        api = _api(here, platform, installation_id)
        person = platform.person(api) if api is not None else None
    except PlatformError as error:
        logger.info("owner of installation %s: %s", installation_id, error.code)
        if error.permanent:
            installs.remove(here.database, installation_id)
        return
    if person is not None:
        installs.name_owner(here.database, installation_id, person)


def give_up(installation_id: int) -> None:
    """Have the platform revoke the tokens of somebody who does not want to be known to us any more."""
    here = office()
    found = given_up.app_of(here.database, installation_id)
    platform = here.platforms.get(found[0]) if found is not None else None
    if found is None or platform is None:
        return
    find_app = partial(app_of, platform.name, platform.oauth)
    try:
        token = installs.access_token(here.database, installation_id, find_app)
        app = find_app(*found[1:])
        if token is not None and app is not None:
            calls.revoke(app, token)
    except PlatformError as error:
        logger.info("tokens %s: not revoked: %s", installation_id, error.code)
        if not error.permanent:
            given_up.put_off(here.database, installation_id, time.time() + REVOKE_PAUSE_SECONDS)
            return
    installs.remove(here.database, installation_id)


def registrations(source_id: int) -> None:
    """Read on in the list of who registered, for a while: others wait for errands too."""
    here = office()
    platform = _where_read(here, source_id)
    gatherings = platform.gatherings if platform is not None else None
    if platform is None or gatherings is None:
        return
    turn = readings.begin(here.database, source_id, time.time(), can_say_since=gatherings.can_say_since)
    until = time.monotonic() + READING_SECONDS
    while turn is not None and time.monotonic() < until:
        try:
            part = _with_tokens(here, platform, turn.installation_id, partial(_page, gatherings, turn))
            turn = readings.take(here.database, here.secret, turn, part, time.time())
        except PlatformError as error:
            logger.info("registrations of source %s: %s", source_id, error.code)
            readings.put_off(here.database, source_id, error, time.time())
            return
        if turn is None:
            _ask_for_hints(here, platform, gatherings, source_id)
    if turn is not None:
        readings.rest(here.database, source_id, time.time())
        here.jobs.read_registrations(source_id)


def _where_read(here: Office, source_id: int) -> Platform | None:
    with here.database.read() as session:
        source = session.get(Source, source_id)
        return here.platforms.get(source.platform) if source is not None else None


def _page(gatherings: Gatherings, turn: Turn, api: Api) -> Part[Registered]:
    return gatherings.registrations(api, turn.gathering, turn.page, turn.since)


def _with_tokens(here: Office, platform: Platform, installation_id: int, ask: Callable[[Api], T]) -> T:
    """What `ask` gives; a token that the platform does not take any more is renewed once. Raises PlatformError."""
    api = _organizers(here, platform, installation_id)
    try:
        return ask(api)
    except TokenRefusedError:
        if not installs.outdate(here.database, installation_id, api.token):
            raise
    return ask(_organizers(here, platform, installation_id))


def _organizers(here: Office, platform: Platform, installation_id: int) -> Api:
    api = _api(here, platform, installation_id)
    if api is None:
        raise PlatformError("no_consent", "This consent does not count any more.")
    return api


def _ask_for_hints(here: Office, platform: Platform, gatherings: Gatherings, source_id: int) -> None:
    """Have the platform tell when something changes. It may or may not: we look by ourselves anyway."""
    with here.database.read() as session:
        source = session.get(Source, source_id)
    if source is None or source.installation_id is None:
        return
    hook = readings.new_hook(here.database, source_id, time.time())
    if hook is None:
        return
    key, until = hook
    address = f"{here.base_url}/{platform.name}/hooks/{key}"

    def ask(api: Api) -> bool:
        return gatherings.hint_to(api, source.external_id, address, until)

    try:
        does = _with_tokens(here, platform, source.installation_id, ask)
    except PlatformError as error:
        logger.info("hints of source %s: %s", source_id, error.code)
        does = False
    if not does:
        readings.no_hook(here.database, source_id)


def _api(here: Office, platform: Platform, installation_id: int) -> Api | None:
    """The platform's, for the person who gave us these tokens. Raises PlatformError."""
    token = installs.access_token(
        here.database, installation_id, partial(app_of, platform.name, platform.oauth)
    )
    return Api(token, installs.tenant_of(here.database, installation_id)) if token is not None else None


def _told(here: Office, platform: Platform, attendee: Attendee) -> Told | None:
    """None when the platform tells nothing about this very person. Raises PlatformError."""
    installation_id = installs.installation_of(here.database, attendee)
    api = _api(here, platform, installation_id) if installation_id is not None else None
    person = platform.person(api) if api is not None else None
    if api is None or person is None:
        return None
    if (person.identity.tenant, person.identity.user_id) != (attendee.tenant, attendee.user_id):
        return None
    told = person.profile
    return Told(told.name, told.title, told.company, told.email, _picture(platform, api, told, attendee.id))


def _picture(platform: Platform, api: Api, told: Profile, attendee_id: int) -> bytes | None:
    """The picture's bytes, or None: words without a picture are better than neither."""
    if not told.picture_url:
        return None
    try:
        if told.picture_is_private:
            return api.picture(told.picture_url, platform.may_fetch)
        return calls.fetch_picture(told.picture_url, platform.may_fetch)
    except PlatformError as error:
        logger.info("picture of attendee %s: %s", attendee_id, error.code)
        return None


# ---- the process ------------------------------------------------------------------------------------------------


def look_around(here: Office, now: float) -> int:
    """Ask again for errands that got lost or failed, and tidy up; returns how many were asked for."""
    asked = [here.jobs.carry_out_notice(each) for each in notices.due(here.database, now)]
    asked += [here.jobs.ask_for_profile(each) for each in profiles.due(here.database, now)]
    asked += [here.jobs.mail_code(each) for each in mailing.due(here.database, now)]
    unnamed = installs.unnamed(here.database, now - UNNAMED_SECONDS)
    asked += [here.jobs.ask_for_owner(each) for each in unnamed]
    asked += [here.jobs.give_up(each) for each in given_up.due(here.database, now)]
    given_up.forget_old(here.database, now - GIVEN_UP_KEPT_SECONDS)
    asked += [here.jobs.read_registrations(each) for each in readings.due(here.database, now)]
    installs.forget_unnamed(here.database, now - UNNAMED_KEPT_SECONDS)
    installs.forget_assertions(here.database, now - ASSERTIONS_KEPT_SECONDS)
    profiles.forget_old(here.database, here.storage, now)
    return sum(asked)


def _look_for_ever(settings: Settings) -> None:
    here = open_office(settings)  # its own connections: they are not shared between threads
    while True:
        try:
            look_around(here, time.time())
        except (SQLAlchemyError, RedisError, OSError) as error:
            logger.warning("looking for lost errands: %s", type(error).__name__)
        time.sleep(LOOK_SECONDS)


def main() -> None:
    settings = Settings.from_environ(os.environ, ADAPTERS)
    logs.set_up(settings)
    logging.getLogger("rq.worker").setLevel(max(logging.WARNING, logging.getLogger().level))
    threading.Thread(target=_look_for_ever, args=(settings,), daemon=True).start()
    while True:
        # A worker that has lost its Redis leaves a handler behind that only notes the wish to stop.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        worker: SeenWorker | None = None
        try:
            worker = SeenWorker.of(ERRANDS, connect_waiting(settings.redis_url), ERRANDS)
            worker.work(logging_level=None)
            return
        except RedisError as error:
            if worker is not None and worker._stop_requested:
                return
            logger.warning("errands: Redis is gone (%s)", type(error).__name__)
            time.sleep(RECONNECT_SECONDS)


if __name__ == "__main__":
    main()
