"""What every command needs: the settings, the database at its newest, and what goes wrong in words."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from plugin.settings import Settings, SettingsError

if TYPE_CHECKING:
    from plugin.state.db import Database


def adapters() -> Mapping[str, Any]:
    """Loaded when they are needed: most commands do without."""
    from integrations.registry import ADAPTERS

    return ADAPTERS


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings, those of platforms included. Raises SettingsError."""
    return Settings.from_environ(environ, adapters())


def in_words(command: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is said in a line, without a stack trace, and ends with code 1."""

    @wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        from integrations.platform import PackageError
        from plugin.operate.demo import DemoError
        from plugin.operate.keys import KeysError
        from plugin.operate.supervisor import StartError
        from plugin.people.refusal import Refusal

        try:
            command(*arguments, **options)
        except (SettingsError, StartError, DemoError, KeysError, PackageError, Refusal) as error:
            raise click.ClickException(str(error)) from None

    return wrapped


@contextmanager
def opened() -> Iterator[tuple[Settings, "Database"]]:
    """The settings of this machine, and the database, brought up to date."""
    from plugin.operate.checks import migrate_database
    from plugin.operate.run import prepare_environ
    from plugin.state.db import Database

    settings = read_settings(prepare_environ(os.environ))
    migrate_database(settings)
    database = Database(settings)
    try:
        yield settings, database
    finally:
        database.dispose()
