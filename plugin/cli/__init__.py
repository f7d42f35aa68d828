"""The `mosaic` command."""

import os
from importlib.metadata import version

import click

from plugin.cli import keeping
from plugin.cli.packages import package_group
from plugin.cli.tenants import tenant
from plugin.cli.words import adapters, in_words, read_settings
from plugin.loading import loading


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
@click.option(
    "--only",
    default="",
    metavar="ROLES",
    help="On one machine of several: some of web,prepare,place,print,sweep,errands.",
)
@in_words
def run_command(only: str, **options: object) -> None:
    """Run everything on this machine: web, workers and an embedded Valkey. Ctrl-C stops it."""
    with loading():
        from plugin.operate.run import roles_in, run

    variables = {
        "host": "MOSAIC_HOST",
        "port": "MOSAIC_PORT",
        "data": "MOSAIC_DATA",
        "workers": "MOSAIC_PREPARE_WORKERS",
        "web": "MOSAIC_WEB_PROCESSES",
    }
    given = {variables[name]: str(value) for name, value in options.items() if value is not None}
    run({**os.environ, **given}, read_settings, roles_in(only, os.environ))


@main.command("demo")
@click.option("--people", type=click.IntRange(1, 4500), default=300, show_default=True)
@click.option("--seconds", type=click.FloatRange(0, 86_400), default=120, show_default=True)
@click.option("--url", help="Where Virtual Mosaic runs.  [MOSAIC_BASE_URL, this machine]")
@click.option("--target", help="Name of a built-in picture to form.  [the first]")
@click.option(
    "--platform", default="web", show_default=True, help="The platform whose meeting they come from."
)
@in_words
def demo_command(people: int, seconds: float, url: str | None, target: str | None, platform: str) -> None:
    """Watch a coffee break: people with real photos and stories arrive, one by one.

    With `--platform NAME` they come from a meeting of a stand-in for it, which is in the source checkout only.
    """
    from plugin.operate.demo import demo

    port = os.environ.get("MOSAIC_PORT") or 8000
    address = url or os.environ.get("MOSAIC_BASE_URL") or f"http://127.0.0.1:{port}"
    adapter = adapters().get(platform)
    if adapter is None:
        names = ", ".join(adapters())
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
@in_words
def migrate_command() -> None:
    """Bring the database to the newest schema, and make the folder of the photos. `mosaic run` does this by itself."""
    from plugin.operate.checks import found_storage, migrate_database
    from plugin.operate.run import prepare_environ

    settings = read_settings(prepare_environ(os.environ))
    migrate_database(settings)
    found_storage(settings)
    click.echo("The database is up to date.")


for command in (*keeping.COMMANDS, package_group, tenant):
    main.add_command(command)
