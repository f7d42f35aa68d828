"""The app manifest for the Zoom App Marketplace."""

import json
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from integrations.manifest import filled
from integrations.platform import Option, Package, PackageError


def zoom_manifest(base_url: str, development_url: str, pictures_url: str = "") -> str:
    """The app manifest for the Zoom App Marketplace, as JSON. Raises PackageError."""
    base, development = _checked(base_url), _checked(development_url)
    template = json.loads((files("integrations.zoom") / "manifest.json").read_text(encoding="utf-8"))
    manifest = filled(template, {"{base_url}": base, "{domain}": urlsplit(base).netloc})
    if development != base:
        _for_development(manifest, base, development)
    if pictures_url:
        _allow(manifest, _checked(pictures_url), "The bucket that the pictures come from.")
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise PackageError(f"{address}: expected an address such as https://mosaic.example.org")
    if parts.hostname in ("localhost", "127.0.0.1", "::1"):
        raise PackageError(
            f"{address}: Zoom reaches public addresses only; a tunnel helps while you try it out."
        )
    return address.rstrip("/")


def _for_development(manifest: dict[str, Any], base: str, development: str) -> None:
    """The app under development has addresses of its own beside the published one's."""
    oauth, features = manifest["oauth_information"], manifest["features"]
    oauth["development_redirect_uri"] = oauth["development_redirect_uri"].replace(base, development)
    oauth["oauth_allow_list"] += [each.replace(base, development) for each in oauth["oauth_allow_list"]]
    features["development_home_uri"] = features["development_home_uri"].replace(base, development)
    _allow(manifest, development, "The server of the app under development.")


def _allow(manifest: dict[str, Any], address: str, explanation: str) -> None:
    domain = {"domain": urlsplit(address).netloc, "explanation": explanation}
    manifest["features"]["domain_allow_list"].append(domain)


def _package(base_url: str, pictures_url: str = "", development_url: str = "") -> bytes:
    return zoom_manifest(base_url, development_url or base_url, pictures_url).encode()


PACKAGE = Package(
    about="The app manifest for the Zoom App Marketplace.",
    file_name="zoom-manifest.json",
    make=_package,
    guide="docs/zoom/README.md",
    options=(Option("development_url", "Where the app under development is reached.  [the same]"),),
)
