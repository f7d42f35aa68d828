"""The organizations that send their people here with signed links, or whose events we read."""

import click

from plugin.cli.words import in_words, opened


@click.group()
def tenant() -> None:
    """The organizations that send their people here with signed links."""


@tenant.command("let-in")
@click.argument("tenant_id")
@click.argument("code")
@in_words
def tenant_let_in_command(tenant_id: str, code: str) -> None:
    """Let an organization's hosts host the event with this join code."""
    from plugin.people.tenants import let_in

    with opened() as (_, database):
        let_in(database, "web", tenant_id, code)
    click.echo(f"Hosts of {tenant_id} may host this event now.")


@tenant.command("add")
@click.argument("name")
@click.option("--id", "external_id", help="Short name, the `kid` of its tickets.  [made from NAME]")
@in_words
def tenant_add_command(name: str, external_id: str | None) -> None:
    """Add an organization and print the key that signs its tickets. It is shown this once."""
    from plugin.people.tenants import add_tenant, short_name

    short = external_id or short_name(name)
    if not short:
        raise click.ClickException("A name with letters from a to z or digits is needed, or an --id.")
    with opened() as (_, database):
        key = add_tenant(database, short, name)
    click.echo(f"kid: {short}\nkey: {key}\nKeep the key; it is not shown again.")


@tenant.command("organize")
@click.argument("platform")
@in_words
def tenant_organize_command(platform: str) -> None:
    """Connect one's own organization at an event platform by the API key in the settings."""
    from integrations.platform import PlatformError
    from integrations.registry import platforms
    from plugin.platforms import gatherings, installs
    from plugin.platforms.calls import Api
    from plugin.web.request.tokens import HANDOVER, Tokens, organizer_kind

    with opened() as (settings, database):
        adapter = platforms(settings.platform_options).get(platform)
        if adapter is None or adapter.gatherings is None or not adapter.gatherings.key:
            raise click.ClickException(f"There is no API key for {platform} in the settings.")
        try:
            person = adapter.person(Api(adapter.gatherings.key))
        except PlatformError as error:
            raise click.ClickException(f"{adapter.title}: {error}") from None
        if person is None:
            raise click.ClickException(f"{adapter.title} does not say whose key this is.")
        number = installs.keep_key(database, platform, adapter.gatherings.key, person)
        found = gatherings.organizer(database, platform, number)
    facts = {"installation": number, "since": found.installed_at if found is not None else 0}
    sealed = Tokens(settings.secret_keys).seal(organizer_kind(platform, HANDOVER), facts)
    click.echo(f"Good once, for five minutes: {settings.base_url}/{platform}/organize#{sealed}")


@tenant.command("rotate")
@click.argument("tenant_id")
@click.option("--finish", is_flag=True, help="The new key is in use everywhere: give up the old one.")
@in_words
def tenant_rotate_command(tenant_id: str, finish: bool) -> None:
    """Make another key for an organization's tickets, beside the present one; it is shown this once."""
    from plugin.people.tenants import give_up_old_keys, new_key

    with opened() as (_, database):
        key = None if finish else new_key(database, tenant_id)
        if finish:
            give_up_old_keys(database, tenant_id)
    click.echo(
        "Only the newest key counts now."
        if key is None
        else f"kid: {tenant_id}\nkey: {key}\nThe key before counts until you run this again with --finish."
    )
