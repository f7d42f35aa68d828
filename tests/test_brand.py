"""An event's own look: a colour that is seen and read everywhere, and a logo that is cleaned like any picture."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, PngImagePlugin

from plugin.safety import retention
from plugin.wall import branding, colours
from tests.factories import Person, Service, error_of
from worker.pictures import logos
from worker.pictures.opener import PhotoRefused
from worker.prints.sheet import Legend, footer, lay_out

any_colour = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: f"#{bytes(rgb).hex()}")
COLOURS = Path(__file__).parents[1] / "plugin/static/ui/kit/colours.css"


def drawn(size: tuple[int, int] = (300, 120), ink: str = "#0a3d91", **save: Any) -> bytes:
    """A disc on nothing, with a wide transparent border."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    box = (size[0] // 4, size[1] // 4, 3 * size[0] // 4 - 1, 3 * size[1] // 4 - 1)
    ImageDraw.Draw(image).ellipse(box, fill=ink)
    stream = io.BytesIO()
    image.save(stream, **{"format": "PNG"} | save)
    return stream.getvalue()


def send(host: Person, data: bytes, name: str = "logo.png") -> Any:
    return host.call("POST", "/api/host/logo", data={"logo": (io.BytesIO(data), name)})


@pytest.fixture
def sent(service: Service, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Send a logo; the jobs run while the host waits."""
    from plugin.state.queue import Jobs
    from worker import branding as work

    def cleaned(_jobs: Jobs, event_id: int) -> bool:
        work.clean_logo(service.shop, event_id)
        return True

    monkeypatch.setattr(Jobs, "clean_logo", cleaned)
    return send


# ---- the colour -----------------------------------------------------------------------------------------------------


@given(any_colour)
def test_every_accent_is_seen_on_both_grounds_and_what_is_written_on_it_can_be_read(accent: str) -> None:
    light, dark = colours.on_light(accent), colours.on_dark(accent)
    assert colours.contrast(light.colour, colours.LIGHT) >= colours.SEEN_ON_LIGHT
    assert colours.contrast(dark.colour, colours.DARK) >= colours.SEEN_ON_DARK
    for each in (light, dark):
        assert colours.contrast(each.colour, each.ink) >= 4.5


def test_a_good_colour_stays_as_it_is_and_the_bounds_are_those_of_our_style_sheet() -> None:
    assert colours.on_light("#ffbf2e") == colours.on_dark("#ffbf2e") == colours.Accent("#ffbf2e", "#2b1b0c")
    rules = COLOURS.read_text(encoding="utf-8")
    raised = re.findall(r"--raised: (#[0-9a-f]+)", rules)
    assert {"#fff", colours.DARK} <= set(raised)
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)


def test_a_hosts_colour_is_told_to_everybody_and_what_became_of_it_to_the_host(service: Service) -> None:
    event = service.open_event(work=False)
    host = event.host()
    answer = host.call("PATCH", "/api/host/event", json={"accent": "#0A1F44"}).json
    assert answer["event"]["accent"] == event.join().get("/api/changes?since=0")["accent"] == "#0a1f44"
    assert answer["brand"]["light"]["colour"] == "#0a1f44"
    assert answer["brand"]["dark"]["colour"] != "#0a1f44"
    page = service.client.get(f"/e/{event.code}?stage=1").text
    assert '<link rel="stylesheet" id="brand" href="/brand/0a1f44.css">' in page
    style = service.client.get("/brand/0a1f44.css")
    assert style.content_type.startswith("text/css")
    assert "immutable" in style.headers["Cache-Control"]
    assert answer["brand"]["dark"]["colour"] in style.text
    host.call("PATCH", "/api/host/event", json={"accent": ""})
    assert "/brand/" not in service.client.get(f"/e/{event.code}").text


@pytest.mark.parametrize("wrong", ["red", "#12345", "#12345g", "#ffffff;}", None])
def test_what_is_no_colour_is_refused(service: Service, wrong: Any) -> None:
    refused = service.open_event(work=False).host().call("PATCH", "/api/host/event", json={"accent": wrong})
    assert (refused.status_code, error_of(refused)["field"]) == (422, "accent")


@pytest.mark.parametrize("path", ["/brand/xyzxyz.css", "/brand/fff.css", "/brand/FFFFFF.css"])
def test_there_is_no_style_of_what_is_no_colour(service: Service, path: str) -> None:
    assert service.client.get(path).status_code == 404


# ---- the logo -------------------------------------------------------------------------------------------------------


def test_a_logo_keeps_what_is_transparent_and_loses_its_border_and_whatever_else_is_in_the_file() -> None:
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", "Hanna at home, 48.1 N 11.5 E")
    logo = logos.clean(drawn((2000, 800), pnginfo=said))
    image = logos.opened(logo.png)
    assert image.size == (512, 205)
    assert b"Hanna" not in logo.png
    rounded = Image.new("RGBA", (200, 80), (0, 0, 0, 0))
    rounded.paste((9, 60, 145, 255), (0, 0, 100, 80))
    rounded.paste((9, 60, 145, 120), (100, 0, 200, 80))
    stream = io.BytesIO()
    rounded.save(stream, "WEBP", lossless=True)
    alpha = np.asarray(logos.opened(logos.clean(stream.getvalue()).png))[..., 3]
    assert (alpha[:, :90] == 255).all()
    assert (np.abs(alpha[:, 110:].astype(int) - 120) < 3).all()


@pytest.mark.parametrize(
    ("ink", "ground"), [("#000000", "light"), ("#ffffff", "dark"), ("#e03131", "any"), ("#ffd43b", "dark")]
)
def test_a_logo_says_on_which_ground_it_is_seen(ink: str, ground: str) -> None:
    assert logos.clean(drawn(ink=ink)).ground == ground


def test_a_logo_with_a_ground_of_its_own_is_seen_anywhere() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (200, 100), "white").save(stream, "JPEG")
    assert logos.clean(stream.getvalue()).ground == "any"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (drawn((300, 120), "#00000000"), "blank"),
        (drawn((10, 10)), "too_small"),
        (drawn((1000, 30)), "too_narrow"),
        (drawn()[:200], "truncated"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "truncated"),
    ],
)
def test_what_is_no_logo_is_refused_with_a_reason_that_has_words(data: bytes, reason: str) -> None:
    with pytest.raises(PhotoRefused, match=reason):
        logos.clean(data)
    assert reason in branding.WORDS_OF_LOGOS


def test_a_host_sends_a_logo_and_it_is_everywhere(service: Service, sent: Any) -> None:
    event = service.open_event(work=False)
    host, ada = event.host(), event.join()
    answer = sent(host, drawn()).json
    url = answer["event"]["logo"]
    assert answer["brand"]["state"] == "ready"
    assert ada.get("/api/changes?since=0")["logo"] == url
    assert event.join().joined["event"]["logo_ground"] == "light"
    served = service.client.get(url)
    assert (served.status_code, served.content_type) == (200, "image/png")
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert logos.opened(served.data).size == (150, 60)
    assert not [each for each in service.shop.storage.names("uploads") if each.startswith("logo")]


def test_another_logo_takes_the_place_of_the_first_and_none_leaves_nothing_behind(
    service: Service, sent: Any
) -> None:
    host = service.open_event(work=False).host()
    first = sent(host, drawn()).json["event"]["logo"]
    second = sent(host, drawn(ink="#ffffff")).json["event"]["logo"]
    assert service.client.get(first).status_code == 404
    gone = host.call("DELETE", "/api/host/logo").json
    assert (gone["event"]["logo"], gone["brand"]["state"]) == ("", "none")
    assert service.client.get(second).status_code == 404
    assert not service.shop.storage.names("logos")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_format"),
        (drawn((300, 120), "#00000000"), "blank"),
    ],
)
def test_a_host_is_told_at_once_what_is_wrong_with_a_logo_and_the_one_before_stays(
    service: Service, sent: Any, data: bytes, code: str
) -> None:
    host = service.open_event(work=False).host()
    first = sent(host, drawn()).json["event"]["logo"]
    refused = sent(host, data)
    assert (refused.status_code, error_of(refused)["code"]) == (422, code)
    assert host.get("/api/host")["event"]["logo"] == first


def test_nobody_but_a_host_changes_the_look(service: Service) -> None:
    event = service.open_event(work=False)
    for person in (event.join(), event.stage()):
        assert send(person, drawn()).status_code == 403
        assert person.call("DELETE", "/api/host/logo").status_code == 403


def test_a_logo_goes_with_its_event(service: Service, sent: Any) -> None:
    host = service.open_event(work=False).host()
    sent(host, drawn())
    retention.purge(service.shop.database, service.shop.storage, before=4e9)
    assert not service.shop.storage.names("logos")


# ---- on paper -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Spring Summit", "مؤتمر الربيع"])
def test_logo_and_colour_stand_beneath_the_picture_on_a_poster(title: str) -> None:
    sheet = lay_out((1200, 900), 30, 20, has_legend=True)
    logo = logos.opened(logos.clean(drawn(ink="#e03131")).png)
    part = footer(sheet, Legend(title, "3 people made this picture", logo, "#0a3d91"))
    assert tuple(part[0, part.shape[1] // 2]) == (0x0A, 0x3D, 0x91)
    corner = part[:, -round(part.shape[1] * 0.2) :]
    assert (np.abs(corner.astype(int) - (0xE0, 0x31, 0x31)).sum(axis=-1) < 30).any()
    assert footer(sheet, Legend(title)).shape == part.shape


def test_a_logo_for_dark_ground_gets_a_plate_on_paper() -> None:
    plated = logos.plated(logos.opened(logos.clean(drawn(ink="#ffffff")).png))
    assert plated.getpixel((1, 1)) == (0x20, 0x1B, 0x17, 255)
    assert plated.getpixel((plated.width // 2, plated.height // 2)) == (255, 255, 255, 255)
