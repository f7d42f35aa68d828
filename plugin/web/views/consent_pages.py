"""What somebody reads in their browser once a consent was answered, or could not be."""

from flask import Response, make_response, render_template
from flask_babel import gettext

WORDS_OF_ANSWERS = {
    "denied": ("Not added", "You did not agree, so nothing was added and nothing was kept."),
    "no_cookie": (
        "That did not work",
        "Your browser did not keep what we need to know that it is you. Allow cookies, or try another one.",
    ),
    "incomplete": ("That did not work", "The answer was not complete. Please try again."),
    "refused": ("That did not work", "This answer does not count any more. Please try again."),
    "busy": ("One moment", "The other side does not answer just now. Please try again."),
    "begins_there": (
        "It begins there",
        "Choose Virtual Mosaic among the apps of your organization, where your event is. It then comes here by itself.",
    ),
    "added": ("Added", "Open it now: start or join a meeting, choose Apps, and Virtual Mosaic."),
}


def answer_page(status: int, outcome: str, connected: str = "") -> Response:
    title, text = WORDS_OF_ANSWERS[outcome]
    content = render_template(
        "message.html", title=gettext(title), text=gettext(text), status=status, connected=connected
    )
    response = make_response(content, status)
    response.headers["Cache-Control"] = "no-store"
    return response
