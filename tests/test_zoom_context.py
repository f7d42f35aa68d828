"""Zoom's signed context: read as Zoom writes it, and nothing else is believed."""

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.platform import Credential, PlatformError, Request
from integrations.zoom import Zoom
from integrations.zoom.context import LONGEST, Context, open_context
from tests.fake_zoom.context import context_fields, encode_context
from tests.fake_zoom.server import CLIENT_ID, CLIENT_SECRET
from tests.trusts import NOBODY
from tests.zoom_cast import ZoomService

# The vector of the facts that this was built from; Zoom's own sample code opens it too.
SECRET = "virtual-mosaic-test-client-secret"
PLAIN = (
    '{"typ":"meeting","uid":"u_TestUser01","mid":"bWVldGluZy11dWlkLTAwMQ==","attendrole":"host",'
    '"aud":"test_client_id","iss":"marketplace.zoom.us","ts":1700000000000,"exp":1700000120000,"entitlements":[]}'
)
TOKEN = (
    "DAABAgMEBQYHCAkKCwcAY29udGV4dMcAAACMif91YRZVsyVPhhdC9sfIdvbfWWGnT6eyACsIK8lLgZt-0xdjXVBuyI_GIxRG9aLgkcUemScmPAJo"
    "VPUp-ZadIayosRHh-eKyOTVj73_bDszniyK_yYY2rqirhNmfBwdlLv8-eT2KtiUDo9qTnyYVliq3O08LqMoYawoA_H5ophQE0cRQNTRkeTPwPU6M"
    "XSPTbrzDPUH0mddKexkxGN_20i9xOoO7eRvta9L5cZmU4TX_0Wre9VysalJznTkyvUVmSg2GgUzhgLYMQdeqH5jwYNjzQvVBnQ"
)
NOW = 1_700_000_000.0
CREDENTIALS = (Credential("test_client_id", SECRET),)


def data_of(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def spelt(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def code_of(token: str, credentials: tuple[Credential, ...] = CREDENTIALS, now: float = NOW) -> str:
    """Why a context is refused; "" when it is believed."""
    try:
        open_context(token, credentials, now)
    except PlatformError as error:
        return error.code
    return ""


def test_the_vector_opens_to_what_was_sealed() -> None:
    assert open_context(TOKEN, CREDENTIALS, NOW).fields == json.loads(PLAIN)


def test_the_encoder_of_the_tests_writes_the_vector_byte_for_byte() -> None:
    iv = bytes(range(12))
    assert encode_context(json.loads(PLAIN), SECRET, iv=iv, aad=b"context") == TOKEN
    assert len(data_of(TOKEN)) == 241
    assert data_of(TOKEN)[-16:].hex() == "80b60c41d7aa1f98f060d8f342f5419d"


def test_both_alphabets_and_padding_are_read() -> None:
    plain = base64.b64encode(data_of(TOKEN)).decode()
    assert plain.endswith("=") or len(plain) % 4 == 0
    for text in (plain, plain.rstrip("="), f" {TOKEN}\n", TOKEN + "=" * (-len(TOKEN) % 4)):
        assert code_of(text) == ""


def test_each_context_has_one_spelling_so_that_a_used_one_cannot_be_spelt_anew() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_bytes = [TOKEN[:-1] + each for each in alphabet if data_of(TOKEN[:-1] + each) == data_of(TOKEN)]
    assert len(same_bytes) == 16
    assert [text for text in same_bytes if code_of(text) == ""] == [TOKEN]


@pytest.mark.parametrize("length", range(len(data_of(TOKEN))))
def test_every_truncation_is_refused(length: int) -> None:
    assert code_of(spelt(data_of(TOKEN)[:length])) == "bad_context"


def test_every_truncation_of_the_text_is_refused() -> None:
    assert {code_of(TOKEN[:length]) for length in range(len(TOKEN))} == {"bad_context"}


def test_every_flip_of_every_bit_is_refused() -> None:
    data = bytearray(data_of(TOKEN))
    for place in range(len(data)):
        for bit in range(8):
            data[place] ^= 1 << bit
            assert code_of(spelt(bytes(data))) == "bad_context", (place, bit)
            data[place] ^= 1 << bit
    assert code_of(spelt(bytes(data))) == ""


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="utf-8"))
@settings(max_examples=500, deadline=None)
def test_another_character_anywhere_is_refused(place: int, character: str) -> None:
    text = TOKEN[:place] + character + TOKEN[place + 1 :]
    same = {"-": "+", "_": "/"}
    if same.get(character, character) != same.get(TOKEN[place], TOKEN[place]) and text.strip() != TOKEN:
        assert code_of(text) == "bad_context"


@given(st.binary(max_size=600))
@settings(max_examples=300, deadline=None)
def test_any_other_bytes_are_refused(data: bytes) -> None:
    assert code_of(spelt(data)) == "bad_context"


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_other_text_is_refused(text: str) -> None:
    assert code_of(text) == "bad_context"


@given(
    iv=st.binary(min_size=8, max_size=64),
    aad=st.binary(max_size=80),
    extra=st.dictionaries(st.text(), st.text()),
)
@settings(max_examples=100, deadline=None)
def test_lengths_of_iv_and_aad_are_read_and_unknown_fields_do_not_matter(
    iv: bytes, aad: bytes, extra: dict[str, str]
) -> None:
    fields = extra | context_fields("test_client_id", now=NOW)
    assert code_of(encode_context(fields, SECRET, iv=iv, aad=aad)) == ""


@pytest.mark.parametrize("iv_length", range(1, 8))
def test_an_iv_too_short_for_the_cipher_is_refused_like_any_fault(iv_length: int) -> None:
    data = bytes([iv_length]) + data_of(TOKEN)[1 : 1 + iv_length] + data_of(TOKEN)[13:]
    assert code_of(spelt(data)) == "bad_context"


def test_a_length_beyond_the_end_is_refused() -> None:
    data = bytearray(data_of(TOKEN))
    data[22:26] = b"\xff\xff\xff\xff"
    assert code_of(spelt(bytes(data))) == "bad_context"


def test_one_that_is_too_long_is_not_even_looked_at() -> None:
    fields = context_fields("test_client_id", now=NOW, act="x" * LONGEST)
    assert code_of(encode_context(fields, SECRET)) == "bad_context"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": "another_client_id"}, "bad_context"),
        ({"aud": None}, "bad_context"),
        ({"aud": ["test_client_id"]}, "bad_context"),
        ({"iss": "marketplace.zoom.example"}, "bad_context"),
        ({"iss": None}, "bad_context"),
        ({"exp": None}, "bad_context"),
        ({"exp": "1700000120000"}, "bad_context"),
        ({"exp": True}, "bad_context"),
        ({"exp": 1_700_000_120_000.5}, "bad_context"),
        ({"exp": 10**30}, "bad_context"),
        ({"exp": 1_700_000_000_000 - 30_001}, "expired_context"),
        ({"exp": -(10**30)}, "expired_context"),
        ({"exp": 1_700_000_000_000 - 29_000}, ""),
        ({"exp": 1_700_000_000_000 - 30_000}, ""),  # to the very millisecond
        ({"exp": 1_700_000_000_000 + 900_000}, ""),
        ({"exp": 1_700_000_000_000 + 900_001}, "bad_context"),
    ],
)
def test_a_context_for_others_or_of_another_time_is_refused(changes: dict[str, Any], code: str) -> None:
    fields = context_fields("test_client_id", now=NOW, **changes)
    assert code_of(encode_context(fields, SECRET)) == code


def test_a_context_is_remembered_as_used_until_nobody_would_believe_it_any_more() -> None:
    opened = open_context(TOKEN, CREDENTIALS, NOW)
    assert opened.expires_at == 1_700_000_120 + 30
    assert code_of(TOKEN, now=opened.expires_at) == ""
    assert code_of(TOKEN, now=opened.expires_at + 0.001) == "expired_context"


def test_a_context_of_the_greatest_length_is_read() -> None:
    room = LONGEST * 3 // 4 - len(
        data_of(encode_context(context_fields("test_client_id", now=NOW, act=""), SECRET))
    )
    token = encode_context(context_fields("test_client_id", now=NOW, act="x" * room), SECRET)
    assert (len(token), code_of(token)) == (LONGEST, "")


@pytest.mark.parametrize(
    ("value", "read"), [("x" * 200, "x" * 200), ("x" * 201, ""), (7, ""), (["x"], ""), (None, ""), ("", "")]
)
def test_a_field_is_a_text_of_at_most_200_characters_or_nothing(value: Any, read: str) -> None:
    assert Context({"uid": value}, "client", 0.0, "key").text("uid") == read


@pytest.mark.parametrize("content", ["[]", "7", "null", '"x"', "{", "", "[" * 2000])
def test_what_is_sealed_must_be_an_object(content: str) -> None:
    import hashlib
    import struct

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    iv = bytes(12)
    sealed = AESGCM(hashlib.sha256(SECRET.encode()).digest()).encrypt(iv, content.encode(), b"")
    data = b"\x0c" + iv + b"\x00\x00" + struct.pack("<I", len(content)) + sealed
    assert code_of(spelt(data)) == "bad_context"


def test_credentials_are_tried_in_their_order_and_each_counts_for_its_own_audience_only() -> None:
    published, development = Credential("published", "secret one"), Credential("development", "secret two")
    for own in (published, development):
        token = encode_context(context_fields(own.client_id, now=NOW), own.client_secret)
        assert open_context(token, (published, development), NOW).client_id == own.client_id
    crossed = encode_context(context_fields("published", now=NOW), "secret two")
    assert code_of(crossed, (published, development)) == "bad_context"


@pytest.mark.parametrize(
    ("spelling", "role"),
    [
        ("host", "host"),
        ("co-host", "co_host"),
        ("coHost", "co_host"),
        ("panelist", "attendee"),
        ("participant", "attendee"),
        ("attendee", "attendee"),
        ("", "attendee"),
        ("owner", "attendee"),
    ],
)
def test_roles_are_known_in_both_spellings_and_anything_else_is_an_attendee(spelling: str, role: str) -> None:
    token = encode_context(context_fields(CLIENT_ID, attendrole=spelling), CLIENT_SECRET)
    zoom = Zoom([(CLIENT_ID, CLIENT_SECRET)])
    wire = Request("GET", "/zoom/home", headers={"x-zoom-app-context": token})
    assert zoom.launch(wire, NOBODY, time.time()).role == role


@pytest.mark.parametrize("field", ["uid", "mid", "bmid", "attendrole", "typ", "act"])
@pytest.mark.parametrize("value", [7, [], {}, None, True, "x" * 5000, "\x00"])
def test_fields_of_the_wrong_kind_never_break_anything(in_zoom: ZoomService, field: str, value: Any) -> None:
    answer = in_zoom.session(context=in_zoom.zoom.context(**{field: value}))
    assert answer.status_code in (200, 401)


# ---- over HTTP --------------------------------------------------------------------------------------------------


def test_over_http_every_damaged_context_is_a_401_and_never_a_500(in_zoom: ZoomService) -> None:
    good = data_of(in_zoom.zoom.context())
    damaged = [good[:length] for length in range(0, len(good), 9)]
    damaged += [
        good[:place] + bytes([good[place] ^ 0x40]) + good[place + 1 :] for place in range(0, len(good), 9)
    ]
    for number, data in enumerate(damaged):
        # Another address each time: guessing is slowed down for whoever fails too often.
        caller = {"REMOTE_ADDR": f"10.0.0.{number}"}
        body = {"context": spelt(data)}
        answer = in_zoom.client.post("/api/zoom/session", json=body, environ_overrides=caller)
        assert answer.status_code == 401, (number, answer.text)
        assert answer.json["error"]["code"] == "bad_context"
        headers = {"x-zoom-app-context": spelt(data)} if data else {}
        home = in_zoom.client.get("/zoom/home", headers=headers, environ_overrides=caller)
        assert home.status_code == (401 if data else 200)


@pytest.mark.parametrize("body", [{}, {"context": ""}, {"context": None}, {"context": 7}, {"context": ["x"]}])
def test_a_session_without_a_proof_is_a_401(in_zoom: ZoomService, body: dict[str, Any]) -> None:
    answer = in_zoom.client.post("/api/zoom/session", json=body)
    assert answer.status_code == 401


@pytest.mark.parametrize("kind", ["launch", "start_token"])
@pytest.mark.parametrize("text", ["", "x", "a.b.c", None, 7, {}])
def test_forged_texts_of_ours_are_a_401(in_zoom: ZoomService, kind: str, text: Any) -> None:
    assert in_zoom.client.post("/api/zoom/session", json={kind: text}).status_code == 401


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": "another"}, "bad_context"),
        ({"iss": "another"}, "bad_context"),
        ({"exp": None}, "bad_context"),
        ({"exp": 1_700_000_120_000}, "expired_context"),
    ],
)
def test_over_http_faults_have_their_codes(in_zoom: ZoomService, changes: dict[str, Any], code: str) -> None:
    answer = in_zoom.session(context=changes)
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == code
    assert answer.json["error"]["message"]
