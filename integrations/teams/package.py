"""The app package for Teams: a manifest and two icons in a zip, and nothing else in it."""

import io
import ipaddress
import json
import re
import zipfile
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from integrations.manifest import filled
from integrations.platform import Option, Package, PackageError
from integrations.settings import HOST
from integrations.teams import icons
from integrations.teams.tokens import GUID

# Not ours to vouch for, says the store:
# https://learn.microsoft.com/microsoftteams/platform/concepts/deploy-and-publish/appsource/prepare/teams-store-validation-guidelines
FORBIDDEN_DOMAINS = (
    "azurewebsites.net",
    "azureedge.com",
    "microsoft.com",
    "microsoftonline.com",
    "onmicrosoft.com",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "devtunnels.ms",
    "trycloudflare.com",
)
VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}")
LONGEST_DEVELOPER = 32
MADE_AT = (2020, 1, 1, 0, 0, 0)  # the same package is the same bytes


def teams_manifest(
    base_url: str, app_id: str, client_id: str, developer: str = "Virtual Mosaic", version: str = "1.0.0"
) -> dict[str, Any]:
    """The app manifest, version 1.29 of Microsoft's schema. Raises PackageError."""
    base = _checked_address(base_url)
    words = {
        "{base_url}": base,
        "{domain}": urlsplit(base).netloc,
        "{app_id}": _checked_id(app_id),
        "{client_id}": _checked_id(client_id),
        "{developer}": _checked_developer(developer),
        "{version}": _checked_version(version),
    }
    template = (files("integrations.teams") / "manifest.json").read_text(encoding="utf-8")
    manifest: dict[str, Any] = filled(json.loads(template), words)
    return manifest


def _checked_address(address: str) -> str:
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise PackageError(f"{address}: expected an address such as https://mosaic.example.org")
    if not HOST.fullmatch(host) or _is_number(host) or parts.port not in (None, 443):
        raise PackageError(f"{address}: Teams reaches public host names only, at the usual port.")
    for domain in FORBIDDEN_DOMAINS:
        if host == domain or host.endswith(f".{domain}"):
            raise PackageError(f"{address}: the store takes no app at {domain}; use a domain of your own.")
    return f"https://{host}"


def _checked_host(address: str) -> str:
    """Of where the pictures come from, which may be somebody else's domain: nothing but pictures is there."""
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or not HOST.fullmatch(host) or _is_number(host):
        raise PackageError(f"{address}: expected an address such as https://s3.example.org/mosaic")
    return host


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _checked_id(value: str) -> str:
    if not GUID.fullmatch(value.lower()):
        raise PackageError(f"{value}: expected an id such as 8c7f7e0a-2f5a-4a53-8d4b-7c1f0e6e9b22")
    return value.lower()


def _checked_developer(name: str) -> str:
    if not 0 < len(name.strip()) <= LONGEST_DEVELOPER:
        raise PackageError(f"{name}: the developer's name has at most {LONGEST_DEVELOPER} characters.")
    return name.strip()


def _checked_version(version: str) -> str:
    if not VERSION.fullmatch(version):
        raise PackageError(f"{version}: expected a version such as 1.0.2, higher than the one before.")
    return version


def packed(manifest: dict[str, Any], color: bytes, outline: bytes) -> bytes:
    """The zip as the store wants it."""
    content = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in (
            ("manifest.json", content.encode()),
            ("color.png", color),
            ("outline.png", outline),
        ):
            zipped.writestr(zipfile.ZipInfo(name, MADE_AT), data, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _package(base_url: str, app_id: str, client_id: str, pictures_url: str = "", **options: str) -> bytes:
    manifest = teams_manifest(base_url, app_id, client_id, **options)
    if pictures_url:
        manifest["validDomains"].append(_checked_host(pictures_url))
    return packed(manifest, icons.colour(), icons.outline())


PACKAGE = Package(
    about="The app package for Teams: upload it in the Teams admin center or in Partner Center.",
    file_name="teams.zip",
    make=_package,
    guide="docs/teams/README.md",
    options=(
        Option("app_id", "Id of the app in Teams: any new GUID, the same for ever.", is_required=True),
        Option("client_id", "Application (client) id of the registration in Entra.", is_required=True),
        Option("developer", "Name of who publishes it, as in the store.  [Virtual Mosaic]"),
        Option("version", "Raised with each submission.  [1.0.0]"),
    ),
)
