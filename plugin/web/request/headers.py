"""Security headers on every answer, errors included."""

from collections.abc import Mapping

from flask import Flask, Response

from integrations.platform import Platform
from plugin.web.request.services import services

ONE_YEAR_SECONDS = 31_536_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)


def init_app(app: Flask) -> None:
    app.after_request(_secure)


def _is_installed_somewhere(platforms: Mapping[str, Platform]) -> bool:
    return any(platform.oauth is not None for platform in platforms.values())


def _secure(response: Response) -> Response:
    known = services()
    ancestors = dict.fromkeys(
        source for platform in known.platforms.values() for source in platform.frame_ancestors
    )
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY.format(ancestors=" ".join(ancestors)))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=(), interest-cohort=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # A platform's client shows no page without it; over plain HTTP, where we are tried out, browsers ignore it.
    if known.settings.base_url.startswith("https://") or _is_installed_somewhere(known.platforms):
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_SECONDS}"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response
