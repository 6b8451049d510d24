"""Secrets are taken out of texts in every form in which a server may repeat them, and words stay."""

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rsica_data.core.redaction import MASK, Redactor, secrets_of_login, shown_address, split_login

KEY = "sk-proj-Zq8/Xw+3Tn_Vb7Lk2Pd9Rm4Hs"
redact = Redactor([KEY])


def escaped(text, form):
    return "".join(form.format(ord(char)) for char in text)


FORMS = {
    "plain": KEY,
    "lower": KEY.lower(),
    "bearer": f"Bearer {KEY}",
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64-1": base64.b64encode(b"x" + KEY.encode()).decode(),
    "base64-2": base64.b64encode(b"Bearer " + KEY.encode() + b"!").decode(),
    "base64-url": base64.urlsafe_b64encode(KEY.encode()).decode(),
    "base64-json": json.dumps(base64.b64encode(KEY.encode()).decode()).replace("/", "\\/"),
    "hex": KEY.encode().hex(),
    "HEX": KEY.encode().hex().upper(),
    "url": quote(KEY, safe=""),
    "url-all": escaped(KEY, "%{:02X}"),
    "url-twice": quote(quote(KEY, safe=""), safe=""),
    "json": escaped(KEY, "\\u{:04x}"),
    "json-twice": json.dumps(escaped(KEY, "\\u{:04x}")),
    "json-slash": KEY.replace("/", "\\/"),
    "python": escaped(KEY, "\\x{:02x}"),
    "html": escaped(KEY, "&#{};"),
    "html-hex": escaped(KEY, "&#x{:X};"),
    "start": KEY[:12],
    "end": KEY[-9:],
    "middle": KEY[7:20],
    "without-start": KEY[3:],
    "masked-dots": f"{KEY[:5]}...{KEY[-4:]}",
    "masked-stars": f"{KEY[:8]}****************{KEY[-4:]}",
    "masked-end": f"{KEY[:6]}********",
}


def traces(text):
    """Runs of five characters of the key that stand in the text."""
    low = text.lower()
    return [KEY[i : i + 5] for i in range(len(KEY) - 4) if KEY[i : i + 5].lower() in low]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("frame", ["{}", "the key {} is wrong", '{{"a": "{}"}}', "x{}y", "\\n{}%20&amp;{}"])
def test_every_form_is_taken_out_and_the_rest_stays(form, frame):
    said = frame.format(FORMS[form], FORMS[form])
    clean = redact(said)
    assert MASK in clean and FORMS[form] not in clean
    assert traces(clean) == []
    start, end = frame.split("{}")[0].replace("{{", "{"), frame.split("{}")[-1].replace("}}", "}")
    if form not in ("base64-1", "base64-2") and "x" not in frame:
        assert clean.startswith(start) and clean.endswith(end)


@pytest.mark.parametrize("cut", range(8, len(KEY)))
def test_a_message_that_is_cut_within_the_key_shows_nothing_of_it(cut):
    assert traces(redact(f"Incorrect API key: {KEY}"[: 19 + cut])) == []
    assert traces(Redactor([KEY]).line("x" * 290 + KEY, 300)) == []


@pytest.mark.parametrize(
    "text",
    [
        "two buildings and a road in the top-left",
        '{"items": [{"question": "How many?", "answer": "sk-9"}], "model": "proj-1"}',
        "50% of the area, 100%25, &amp; \\n \\u00e9 \\\\",
        "",
    ],
)
def test_other_texts_stay_as_they_are(text):
    assert redact(text) is text


@pytest.mark.parametrize("key", ["none", "EMPTY", "x", "ollama", "dummy", None, ""])
def test_stand_ins_for_keys_are_words_like_any_other(key):
    text = "none of the EMPTY lots changed, x dummy ollama"
    assert Redactor([key])(text) == text


def test_a_key_of_words_does_not_eat_these_words():
    named = Redactor(["sk-building-demo-key-0123"])
    assert named("a building and a demo") == "a building and a demo"
    assert named("it is sk-building-demo-key-0123") == f"it is {MASK}"


def test_a_short_key_with_a_digit_goes_whole():
    assert Redactor(["sk-12"])("key sk-12, not sk-1") == f"key {MASK}, not sk-1"


@example("%", "", "00000000")
@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60))
def test_whatever_stands_around_a_key(before, after, key):
    assert key not in Redactor([key])(before + key + after)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60))
def test_json_of_a_key_is_clean_too(key):
    dumped = json.dumps({"a": key})
    assert json.dumps(key)[1:-1] not in Redactor([key])(dumped)


def test_a_megabyte_takes_no_time():
    text = json.dumps({"content": 'It says "road\\n" %41 &amp; ' * 40_000})
    began = time.process_time()
    assert redact(text) is text
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("address", "without", "login"),
    [
        ("http://u:p@host:8000/v1", "http://host:8000/v1", "u:p"),
        ("https://user@host/v1", "https://host/v1", "user"),
        ("https://u:p%40ss@host", "https://host", "u:p%40ss"),
        ("https://u:p@ss@host/v1", "https://host/v1", "u:p@ss"),
        ("https://host/v1", "https://host/v1", None),
        ("https://host/v1/@x", "https://host/v1/@x", None),
        ("nonsense", "nonsense", None),
    ],
)
def test_an_address_and_its_login(address, without, login):
    assert split_login(address) == (without, login)


@pytest.mark.parametrize(
    "text", ["http://bob:hunter2@host", "bob:hunter2@host/v1", "http://bob:hun/ter2@host", "ftp://bob:hunter2@h ost"]
)
def test_what_is_shown_of_a_wrong_address_has_no_login(text):
    shown = shown_address(text)
    assert "bob" not in shown and "hun" not in shown and "ter2" not in shown and MASK in shown


def test_lines_hide_short_logins_and_those_of_other_addresses():
    one = Redactor([None, *secrets_of_login("bob:pw1")])
    said = "user bob, password pw1, Basic Ym9iOnB3MQ==, at http://alice:s3@proxy:1/ \x1b[31m\nnext"
    shown = one.line(said, 300)
    assert all(word not in shown for word in ("bob", "pw1", "Ym9i", "alice", "s3", "\n", "\x1b"))
    assert "at http://***@proxy:1/" in shown
