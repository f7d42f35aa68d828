"""What an operator does to keep a service well: look at it, its keys, backups, moves."""

import os
import sys
from pathlib import Path

import click

from plugin.cli.words import in_words, opened, read_settings
from plugin.settings import SettingsError


@click.command("doctor")
@in_words
def doctor_command() -> None:
    """Look at everything that the service stands on and say, in a line each, what is wrong and what to do.

    It goes the way of people too: by MOSAIC_BASE_URL, through whatever proxy is in front, while the service runs.
    """
    from plugin.operate.doctor.patient import Patient, as_it_runs, secret_file_of, unknown_in
    from plugin.operate.doctor.rounds import ILL, Finding, look
    from plugin.web.request.tokens import DOCTOR, Tokens

    environ = as_it_runs(os.environ)
    try:
        settings = read_settings(environ)
    except SettingsError as error:
        click.echo(Finding("settings", ILL, f"{error}. Nothing else can be looked at before."))
        sys.exit(1)
    ticket = Tokens(settings.secret_keys).seal(DOCTOR, {})
    is_well = True
    patient = Patient(settings, secret_file_of(environ), ticket, unknown_in(environ))
    for finding in look(patient):
        is_well = is_well and finding.state != ILL
        click.echo(finding)
    if not is_well:
        sys.exit(1)


@click.group("keys", invoke_without_command=True)
@click.pass_context
def keys_group(context: click.Context) -> None:
    """The secret keys that the database was used with, and what each has sealed."""
    if context.invoked_subcommand is None:
        context.invoke(keys_list_command)


@keys_group.command("list")
@in_words
def keys_list_command() -> None:
    """List them by their fingerprints, from which nobody can tell the key."""
    from plugin.operate.keys import listing

    with opened() as (settings, database):
        for line in listing(database, settings.secret_keys):
            click.echo(line)


@keys_group.command("forget")
@click.argument("fingerprint")
@click.option("--yes", "is_sure", is_flag=True, help="What it has sealed may stay unreadable.")
@in_words
def keys_forget_command(fingerprint: str, is_sure: bool) -> None:
    """Give up a key that is lost: machines with another one may start then."""
    from plugin.operate.keys import forget

    with opened() as (settings, database):
        click.echo(forget(database, settings.secret_keys, fingerprint, is_sure=is_sure))


@keys_group.command("reseal")
@click.option("--empty", "empties", is_flag=True, help="Make empty what no key of this machine opens.")
@in_words
def keys_reseal_command(empties: bool) -> None:
    """Seal with the newest key what older ones have sealed, so that they may go; may be interrupted and repeated."""
    from plugin.operate.keys import reseal

    with opened() as (settings, database):
        for line in reseal(database, settings.secret_keys, empties=empties):
            click.echo(line)


PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file whose first line is the passphrase of the keys.  [asked at the terminal]",
)


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="The secret keys too, encrypted with a passphrase.")
@PASSPHRASE
@in_words
def backup_command(folder: Path, with_keys: bool, passphrase_file: Path | None) -> None:
    """Copy everything into FOLDER, while the service runs. The next backup there copies what is new only."""
    from plugin.operate.keeping import commands

    commands.backup_command(
        os.environ, read_settings, folder, passphrase_file, click.echo, with_keys=with_keys
    )


@click.command("restore")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--erasures",
    multiple=True,
    metavar="PLACE",
    help="Who was erased since: a file of `mosaic erasures`, or the folder or bucket of before.",
)
@click.option("--without-erasures", is_flag=True, help="That is lost: whoever was erased comes back.")
@click.option("--with-keys", is_flag=True, help="Take the secret keys from the backup.")
@PASSPHRASE
@in_words
def restore_command(
    folder: Path,
    erasures: tuple[str, ...],
    without_erasures: bool,
    with_keys: bool,
    passphrase_file: Path | None,
) -> None:
    """Fill an empty place with the backup in FOLDER. Whoever was erased after it was made does not come back."""
    from plugin.operate.keeping import commands
    from plugin.safety.replaying import replay

    commands.restore_command(
        os.environ,
        read_settings,
        folder,
        erasures,
        passphrase_file,
        replay,
        click.echo,
        without_erasures=without_erasures,
        with_keys=with_keys,
    )


@click.command("move")
@click.option("--to", metavar="URL", help="The database's new address, as in MOSAIC_DATABASE_URL.")
@click.option("--storage", metavar="URL", help="The storage's new address, as in MOSAIC_STORAGE_URL.")
@in_words
def move_command(to: str | None, storage: str | None) -> None:
    """Copy everything to another database, another storage, or both, while the service is stopped."""
    from plugin.operate.keeping import commands

    commands.move_command(os.environ, read_settings, to, storage, click.echo)


@click.command("erasures")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@in_words
def erasures_command(file: Path) -> None:
    """Write to FILE who was erased, as ids, for a restore on another machine. Do so often."""
    from plugin.operate.keeping import commands

    commands.erasures_command(os.environ, read_settings, file, click.echo)


COMMANDS = (doctor_command, keys_group, backup_command, restore_command, move_command, erasures_command)
