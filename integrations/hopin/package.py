"""The listing pack for the App Store of RingCentral Events: what its partner program and security review ask for."""

import io
import json
import zipfile
from importlib.resources import files
from urllib.parse import urlsplit

from integrations.platform import Option, Package, PackageError
from integrations.settings import LOOPBACK

DOCUMENTS = ("listing.md", "install.md", "security.md", "data-map.md", "privacy.md")
MADE_AT = (2020, 1, 1, 0, 0, 0)  # the same pack is the same bytes
LONGEST_DEVELOPER = 80
SHORT = (
    "Everybody gives a photo and one sentence; together they become one picture, live, and every photo is a door to a "
    "person."
)


def listing(base_url: str, developer: str, contact: str) -> dict[str, object]:
    """The facts of the form, to be typed or sent along. Raises PackageError."""
    base = _checked(base_url)
    return {
        "name": "Virtual Mosaic",
        "developer": _line(developer, "developer"),
        "contact": _line(contact, "contact"),
        "category": "Engagement and networking",
        "description": SHORT,
        "install_url": f"{base}/hopin/install",
        "redirect_uri": f"{base}/hopin/callback",
        "scopes": ["api"],
        "organizer_url": f"{base}/hopin/organize",
        "embed_url": f"{base}/hopin/home?place=<key, made for each event>",
        "about_url": f"{base}/hopin/",
        "privacy_url": f"{base}/hopin/privacy",
        "terms_url": f"{base}/hopin/terms",
        "support_url": f"{base}/hopin/support",
        "calls": [
            "GET /v1/organizations",
            "GET /v1/organizations/{organizationId}/events",
            "GET /v1/events/{eventId}/registrations",
            "POST /v1/events/{eventId}/dataSubscriptions (only where it is switched on)",
        ],
    }


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise PackageError(f"{address}: expected an address such as https://mosaic.example.org")
    if parts.hostname in LOOPBACK:
        raise PackageError(f"{address}: organizers reach public addresses only.")
    return address.rstrip("/")


def _line(text: str, name: str) -> str:
    if not 0 < len(text.strip()) <= LONGEST_DEVELOPER:
        raise PackageError(f"{name}: expected one line of at most {LONGEST_DEVELOPER} characters.")
    return text.strip()


def _package(
    base_url: str,
    pictures_url: str = "",
    developer: str = "Virtual Mosaic",
    contact: str = "the operator",
) -> bytes:
    facts = listing(base_url, developer, contact)
    hosts = [_checked(each) for each in (base_url, pictures_url) if each]
    facts["domains"] = [urlsplit(each).netloc for each in hosts]
    words = {
        "{base_url}": _checked(base_url),
        "{developer}": str(facts["developer"]),
        "{contact}": str(facts["contact"]),
    }
    content = {"listing.json": json.dumps(facts, indent=2, ensure_ascii=False) + "\n"}
    for name in DOCUMENTS:
        text = (files("integrations.hopin") / name).read_text(encoding="utf-8")
        for placeholder, word in words.items():
            text = text.replace(placeholder, word)
        content[name] = text
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(zipfile.ZipInfo(name, MADE_AT), text.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


PACKAGE = Package(
    about="The listing pack for the App Store of RingCentral Events: facts, security answers, data map, privacy.",
    file_name="hopin-listing.zip",
    make=_package,
    guide="docs/hopin/README.md",
    options=(
        Option("developer", "Name of who publishes it.  [Virtual Mosaic]"),
        Option("contact", "E-mail address for the review.  [the operator]"),
    ),
)
