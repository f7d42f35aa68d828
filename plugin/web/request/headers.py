"""Security headers on every answer, errors included.

A platform may frame its own pages, and beside them only those that its frames lead on to.
"""

from collections.abc import Iterable, Mapping

from flask import Blueprint, Flask, Response, g

from integrations.platform import Platform
from plugin.web.request.services import services

ONE_YEAR_SECONDS = 31_536_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:{pictures}; "
    "connect-src 'self'{pictures}; "
    "font-src 'self'; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)


def init_app(app: Flask) -> None:
    app.after_request(_secure)


def framed_by(bp: Blueprint, ancestors: Iterable[str]) -> Blueprint:
    """Its answers may be framed by those, and by nobody else."""

    @bp.before_request
    def note() -> None:
        g.frame_ancestors = ancestors

    return bp


def also_framed_by(ancestors: Iterable[str]) -> None:
    """The answer to this request may be framed by these too."""
    g.frame_ancestors = (*g.frame_ancestors, *ancestors)


def never_framed(bp: Blueprint) -> Blueprint:
    """Its pages stand in windows of their own, which those who opened them go on talking to."""

    @bp.before_request
    def note() -> None:
        g.frame_ancestors, g.keeps_opener = ("'none'",), True

    return bp


def _ancestors(platforms: Mapping[str, Platform]) -> Iterable[str]:
    if "frame_ancestors" in g:
        found: Iterable[str] = g.frame_ancestors
        return found
    leading = [each for each in platforms.values() if each.opens_web_pages]
    return dict.fromkeys(source for each in leading for source in each.frame_ancestors)


def _is_installed_somewhere(platforms: Mapping[str, Platform]) -> bool:
    return any(platform.oauth is not None for platform in platforms.values())


def _secure(response: Response) -> Response:
    known = services()
    headers = response.headers
    origin = known.settings.pictures_origin
    policy = POLICY.format(
        ancestors=" ".join(_ancestors(known.platforms)), pictures=f" {origin}" if origin else ""
    )
    headers.setdefault("Content-Security-Policy", policy)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=(), interest-cohort=()"
    if not g.get("keeps_opener"):
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # A platform's client shows no page without it; over plain HTTP, where we are tried out, browsers ignore it.
    if known.settings.base_url.startswith("https://") or _is_installed_somewhere(known.platforms):
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_SECONDS}"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response
