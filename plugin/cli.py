"""The `mosaic` command."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from importlib.metadata import version
from typing import Any

import click

from plugin.settings import Settings, SettingsError


def _adapters() -> Mapping[str, Any]:
    """Loaded when they are needed: most commands do without."""
    from integrations.registry import ADAPTERS

    return ADAPTERS


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings, those of platforms included. Raises SettingsError."""
    return Settings.from_environ(environ, _adapters())


def _in_words(command: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is said in a line, without a stack trace, and ends with code 1."""

    @wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        from integrations.platform import PackageError
        from plugin.operate.demo import DemoError
        from plugin.operate.supervisor import StartError
        from plugin.people.refusal import Refusal

        try:
            command(*arguments, **options)
        except (SettingsError, StartError, DemoError, PackageError, Refusal) as error:
            raise click.ClickException(str(error)) from None

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("virtual-mosaic"), prog_name="mosaic")
def main() -> None:
    """Virtual Mosaic: one live picture made of everybody's photos; every photo is a door to a person."""
    os.umask(0o077)  # what we write, other users of this machine do not read


@main.command("run")
@click.option("--host", help="Address to listen on; 0.0.0.0 for the whole network.  [MOSAIC_HOST, 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [MOSAIC_PORT, 8000]")
@click.option("--data", type=click.Path(file_okay=False), help="Folder for all data.  [MOSAIC_DATA, ./data]")
@click.option("--workers", type=int, help="Workers that clean photos.  [MOSAIC_PREPARE_WORKERS, 2]")
@click.option("--web", type=int, help="Web processes.  [MOSAIC_WEB_PROCESSES, one a core]")
@_in_words
def run_command(**options: object) -> None:
    """Run everything on this machine: web, workers and an embedded Valkey. Ctrl-C stops it."""
    from plugin.operate.run import run

    variables = {
        "host": "MOSAIC_HOST",
        "port": "MOSAIC_PORT",
        "data": "MOSAIC_DATA",
        "workers": "MOSAIC_PREPARE_WORKERS",
        "web": "MOSAIC_WEB_PROCESSES",
    }
    given = {variables[name]: str(value) for name, value in options.items() if value is not None}
    run({**os.environ, **given}, read_settings)


@main.command("demo")
@click.option("--people", type=click.IntRange(1, 4500), default=300, show_default=True)
@click.option("--seconds", type=click.FloatRange(0, 86_400), default=120, show_default=True)
@click.option("--url", help="Where Virtual Mosaic runs.  [MOSAIC_BASE_URL, this machine]")
@click.option("--target", help="Name of a built-in picture to form.  [the first]")
@click.option(
    "--platform", default="web", show_default=True, help="The platform whose meeting they come from."
)
@_in_words
def demo_command(people: int, seconds: float, url: str | None, target: str | None, platform: str) -> None:
    """Watch a coffee break: people with real photos and stories arrive, one by one.

    With `--platform NAME` they come from a meeting of a stand-in for it, which is in the source checkout only.
    """
    from plugin.operate.demo import demo

    port = os.environ.get("MOSAIC_PORT") or 8000
    address = url or os.environ.get("MOSAIC_BASE_URL") or f"http://127.0.0.1:{port}"
    adapter = _adapters().get(platform)
    if adapter is None:
        names = ", ".join(_adapters())
        raise click.BadParameter(
            f"there is no platform {platform}; there are {names}", param_hint="--platform"
        )
    if not adapter.has_client:
        demo(address, people=people, seconds=seconds, target_name=target)
        return
    from plugin.operate.platform_demo import platform_demo

    platform_demo(
        platform,
        adapter.title,
        address,
        has_places=adapter.has_places,
        has_organizers=adapter.has_organizers,
        people=people,
        seconds=seconds,
        target_name=target,
    )


@main.command("migrate")
@_in_words
def migrate_command() -> None:
    """Bring the database to the newest schema, and make the folder of the photos. `mosaic run` does this by itself."""
    from plugin.operate.run import found_storage, migrate_database, prepare_environ

    settings = read_settings(prepare_environ(os.environ))
    migrate_database(settings)
    found_storage(settings)
    click.echo("The database is up to date.")


class Packages(click.Group):
    """A command for each platform that has a store; their options are the adapters' own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, adapter in _adapters().items() if adapter.package is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        adapter = _adapters().get(cmd_name)
        return _package_command(cmd_name, adapter.package) if adapter and adapter.package else None


def _package_command(name: str, package: Any) -> click.Command:
    @_in_words
    def make(base_url: str, output: str, **options: str | None) -> None:
        content = package.make(
            base_url, **{key: value for key, value in options.items() if value is not None}
        )
        with click.open_file(output, "wb") as file:
            file.write(content)
        if output != "-":
            click.echo(f"{output} is written. What to do with it: {package.guide}")

    own = [
        click.Option([f"--{each.name.replace('_', '-')}"], required=each.is_required, help=each.about)
        for each in package.options
    ]
    path = click.Path(dir_okay=False, allow_dash=True)
    return click.Command(
        name,
        callback=make,
        help=package.about,
        params=[
            click.Option(["--base-url"], required=True, help="Where people reach the service: https://…"),
            *own,
            click.Option(["--output"], type=path, default=package.file_name, show_default=True),
        ],
    )


@main.group("package", cls=Packages)
def package_group() -> None:
    """What a platform's store wants to have."""


@main.group()
def tenant() -> None:
    """The organizations that send their people here with signed links."""


@tenant.command("let-in")
@click.argument("tenant_id")
@click.argument("code")
@_in_words
def tenant_let_in_command(tenant_id: str, code: str) -> None:
    """Let an organization's hosts host the event with this join code."""
    from plugin.operate.run import migrate_database, prepare_environ
    from plugin.people.tenants import let_in
    from plugin.state.db import Database

    settings = read_settings(prepare_environ(os.environ))
    migrate_database(settings)
    let_in(Database(settings), "web", tenant_id, code)
    click.echo(f"Hosts of {tenant_id} may host this event now.")


@tenant.command("add")
@click.argument("name")
@click.option("--id", "external_id", help="Short name, the `kid` of its tickets.  [made from NAME]")
@_in_words
def tenant_add_command(name: str, external_id: str | None) -> None:
    """Add an organization and print the key that signs its tickets. It is shown this once."""
    from plugin.operate.run import migrate_database, prepare_environ
    from plugin.people.tenants import add_tenant, short_name
    from plugin.state.db import Database

    short = external_id or short_name(name)
    if not short:
        raise click.ClickException("A name with letters from a to z or digits is needed, or an --id.")
    settings = read_settings(prepare_environ(os.environ))
    migrate_database(settings)
    database = Database(settings)
    try:
        key = add_tenant(database, short, name)
    finally:
        database.dispose()
    click.echo(f"kid: {short}\nkey: {key}\nKeep the key; it is not shown again.")


@tenant.command("organize")
@click.argument("platform")
@_in_words
def tenant_organize_command(platform: str) -> None:
    """Connect one's own organization at an event platform by the API key in the settings."""
    from integrations.platform import PlatformError
    from integrations.registry import platforms
    from plugin.operate.run import migrate_database, prepare_environ
    from plugin.platforms import gatherings, installs
    from plugin.platforms.calls import Api
    from plugin.state.db import Database
    from plugin.web.request.tokens import HANDOVER, Tokens, organizer_kind

    settings = read_settings(prepare_environ(os.environ))
    adapter = platforms(settings.platform_options).get(platform)
    if adapter is None or adapter.gatherings is None or not adapter.gatherings.key:
        raise click.ClickException(f"There is no API key for {platform} in the settings.")
    try:
        person = adapter.person(Api(adapter.gatherings.key))
    except PlatformError as error:
        raise click.ClickException(f"{adapter.title}: {error}") from None
    if person is None:
        raise click.ClickException(f"{adapter.title} does not say whose key this is.")
    migrate_database(settings)
    database = Database(settings)
    try:
        number = installs.keep_key(database, platform, adapter.gatherings.key, person)
        found = gatherings.organizer(database, platform, number)
    finally:
        database.dispose()
    facts = {"installation": number, "since": found.installed_at if found is not None else 0}
    sealed = Tokens(settings.secret_keys).seal(organizer_kind(platform, HANDOVER), facts)
    click.echo(f"Good once, for five minutes: {settings.base_url}/{platform}/organize#{sealed}")


@tenant.command("rotate")
@click.argument("tenant_id")
@click.option("--finish", is_flag=True, help="The new key is in use everywhere: give up the old one.")
@_in_words
def tenant_rotate_command(tenant_id: str, finish: bool) -> None:
    """Make another key for an organization's tickets, beside the present one; it is shown this once."""
    from plugin.operate.run import migrate_database, prepare_environ
    from plugin.people.tenants import give_up_old_keys, new_key
    from plugin.state.db import Database

    settings = read_settings(prepare_environ(os.environ))
    migrate_database(settings)
    database = Database(settings)
    try:
        key = None if finish else new_key(database, tenant_id)
        if finish:
            give_up_old_keys(database, tenant_id)
    finally:
        database.dispose()
    click.echo(
        "Only the newest key counts now."
        if key is None
        else f"kid: {tenant_id}\nkey: {key}\nThe key before counts until you run this again with --finish."
    )


if __name__ == "__main__":
    sys.exit(main())
