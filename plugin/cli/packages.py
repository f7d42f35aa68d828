"""What a platform's store wants to have, a command for each platform."""

from typing import Any

import click

from plugin.cli.words import adapters, in_words


class Packages(click.Group):
    """A command for each platform that has a store; their options are the adapters' own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, adapter in adapters().items() if adapter.package is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        adapter = adapters().get(cmd_name)
        return _package_command(cmd_name, adapter.package) if adapter and adapter.package else None


def _package_command(name: str, package: Any) -> click.Command:
    @in_words
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
            click.Option(
                ["--pictures-url"], help="As MOSAIC_S3_PUBLIC_URL, where pictures come from a bucket."
            ),
            *own,
            click.Option(["--output"], type=path, default=package.file_name, show_default=True),
        ],
    )


@click.group("package", cls=Packages)
def package_group() -> None:
    """What a platform's store wants to have."""
