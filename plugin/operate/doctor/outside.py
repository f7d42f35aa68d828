"""The way of people: what the doctor sees who comes in by the public address, as a panel would."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from plugin.operate.doctor.knock import FIRST_WORD_SECONDS, SCHEME
from plugin.operate.doctor.parts import drifted
from plugin.operate.doctor.patient import Hint, Ill, Patient

CONNECT_SECONDS = 5.0
BODY_SECONDS = 120.0
FORM_BYTES = 16 * 1024  # more than the name, the line and the switches that come with a photo
LOCAL = ("127.0.0.1", "::1", "localhost")


def address(patient: Patient) -> str:
    url = patient.settings.base_url
    answer = _asked(patient, "GET", "/healthz")
    said = _json(answer)
    if said.get("draining"):
        raise Ill(f"{url} is just being stopped. Ask again when it runs.")
    if not said.get("ok"):
        raise Ill(f"Somebody else answers at {url} ({answer.status_code}). Is it ours? (MOSAIC_BASE_URL)")
    host = urlsplit(url).hostname
    if url.startswith("http://"):
        where = "Only this machine reaches it" if host in LOCAL else "It is not encrypted"
        raise Hint(
            f"{url} answers. {where}: browsers give their camera only to https, and so do meeting clients."
        )
    return f"{url} answers"


def clock(patient: Patient) -> str:
    before = time.time()
    said = _asked(patient, "GET", "/healthz").headers.get("Date", "")
    try:
        there = parsedate_to_datetime(said).timestamp() + 0.5  # it says whole seconds
    except ValueError:
        raise Hint("The public address does not say what time it is.") from None
    return drifted("the public address", there - (before + time.time()) / 2)


def stream(patient: Patient) -> str:
    """Whether the first word of a stream is there while the stream goes on."""
    try:
        with _asked(patient, "GET", "/api/live", stream=True, seconds=FIRST_WORD_SECONDS) as answer:
            _known(patient, answer)
            next(answer.iter_content(1))
    except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError, StopIteration):
        raise Ill(
            "A proxy holds the stream of changes back: panels would ask every two seconds instead. Let it not buffer "
            "/api/live (nginx: proxy_buffering off; see docs/operate)."
        ) from None
    return "comes through at once"


def body(patient: Patient) -> str:
    """Whether a photo of the largest size comes through whole."""
    size = patient.settings.upload_bytes + FORM_BYTES
    too_large = (
        f"A photo of {patient.settings.upload_megabytes} MB does not come through, and our limit lets people send it "
        "(MOSAIC_UPLOAD_MEGABYTES). Let the proxy take a megabyte more (nginx: client_max_body_size; see docs/operate)."
    )
    try:
        answer = _asked(patient, "POST", "/api/photos", data=bytes(size), seconds=BODY_SECONDS)
    except requests.exceptions.RequestException:
        raise Ill(too_large) from None
    if answer.status_code == requests.codes.request_entity_too_large:
        raise Ill(too_large)
    _known(patient, answer)
    if _json(answer).get("bytes") != size:
        raise Ill(
            f"Of a photo of {size:,} bytes {_json(answer).get('bytes', 0):,} came through. What stands in between?"
        )
    return f"{patient.settings.upload_megabytes} MB come through"


def proxies(patient: Patient) -> str:
    """Whether those in front are counted right: else all people share one address, or anybody may claim one."""
    answer = _asked(patient, "POST", "/api/photos", data=b"")
    _known(patient, answer)
    seen, believed = int(_json(answer).get("proxies", 0)), patient.settings.proxies
    if seen and not believed:
        raise Ill(
            "There is a proxy in front, and MOSAIC_PROXIES is 0: all people seem to come from its one address, and "
            "limits meet all of them. Set MOSAIC_PROXIES=1, and let the proxy set X-Forwarded-For."
        )
    if believed > seen:
        raise Ill(
            f"MOSAIC_PROXIES is {believed}, and {seen} of them say who asks: anybody can claim an address, or all "
            "share one. Let the proxies set X-Forwarded-For, or set MOSAIC_PROXIES to their number."
        )
    return f"{believed} in front"


def _known(patient: Patient, answer: requests.Response) -> None:
    """Raises Ill where the service does not know us as its operator."""
    if answer.status_code == requests.codes.unauthorized:
        raise Ill(
            f"{patient.settings.base_url} runs with another secret key than this machine has, or in another version. "
            "Give all machines the same MOSAIC_SECRET_KEY."
        )
    if not answer.ok:
        raise Ill(f"{patient.settings.base_url} answers with {answer.status_code}. Its log says why.")


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _asked(
    patient: Patient, method: str, path: str, *, seconds: float = CONNECT_SECONDS, **more: Any
) -> requests.Response:
    """Raises Ill where nobody is there."""
    url = patient.settings.base_url
    headers = {"Authorization": f"{SCHEME} {patient.ticket}", "Content-Type": "application/octet-stream"}
    with requests.Session() as session:
        session.trust_env = False  # a proxy for the outside does not know our inside
        try:
            return session.request(
                method,
                f"{url}{path}",
                headers=headers,
                timeout=(CONNECT_SECONDS, seconds),
                allow_redirects=False,
                **more,
            )
        except requests.exceptions.SSLError as error:
            raise Ill(
                f"The certificate of {url} does not hold: {_cause(error)}. Renew it at the proxy."
            ) from None
        except requests.exceptions.ConnectTimeout:
            raise Ill(_nobody(url)) from None
        except requests.exceptions.ConnectionError as error:
            if _was_refused(error):
                raise Ill(_nobody(url)) from None
            raise


def _nobody(url: str) -> str:
    return (
        f"Nobody answers at {url} (MOSAIC_BASE_URL). Does its name lead here, does the proxy run, "
        "is `mosaic run` running?"
    )


def _was_refused(error: requests.exceptions.ConnectionError) -> bool:
    """And not broken off later."""
    return "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)


def _cause(error: Exception) -> str:
    return str(error.args[0] if error.args else error)


LOOKS: dict[str, Callable[[Patient], str]] = {
    "address": address,
    "clock": clock,
    "proxies": proxies,
    "stream": stream,
    "large photos": body,
}
