"""JSON within a text that is more than JSON: what is found, what is refused, that hostile text takes linear time."""

import json
import time

import pytest

from rsica_data.core import json_text
from rsica_data.core.json_text import JsonLimitError, JsonTextError, find_value, loads
from rsica_data.llm.bounded_json import flaw_of, parse_json
from rsica_data.llm.structured import SchemaMismatch, Unreadable, read_json

TOO_MUCH = {
    "half-pair": '{"a": "\\ud83d"}',
    "half-pair-in-a-key": '{"\\udc00": 1}',
    "deep": '{"a": ' + "[" * 70 + "]" * 70 + "}",
    "very-deep": "[" * 100_000 + "]" * 100_000,
    "digits": '{"a": ' + "9" * 5000 + "}",
    "65-bits": '{"a": 18446744073709551616}',
    "float": '{"a": 1e999}',
}
HOSTILE = {
    "open-lists": lambda size: "x " + "[" * size,
    "open-objects": lambda size: 'x {"a":' * (size // 7),
    "brackets-in-words": lambda size: "see [x] and {y} " * (size // 16),
    "far-brackets": lambda size: "word " * (size // 5) + "[x] " * 1000,
    "long-open-text": lambda size: '["' + "x" * size,
    "texts-that-open": lambda size: '[1, "' * (size // 5),
    "fences": lambda size: "```json\n[x]\n" * (size // 12),
    "backticks": lambda size: "`" * size,
    "digits": lambda size: "x [" + "9" * size,
    "constants": lambda size: "x " + "[NaN] " * (size // 6),
    "nested-failures": lambda size: "x " + ("[" * 50 + "!" + "]" * 50) * (size // 101),
}


def test_the_first_value_is_found():
    assert find_value('as in [1] or {"a": 2}') == [1]
    assert find_value('see [Fig. 1]: {"a": [2]} and so on') == {"a": [2]}
    assert find_value('{"a": NaN} {"a": 1, "a": 2}', repeated_keys=True) == {"a": 2}


@pytest.mark.parametrize("text", ["", "no", "[", "{]", "[NaN]", '{"a": 1, "a": 2}'])
def test_where_there_is_none(text):
    with pytest.raises(JsonTextError) as error:
        find_value(text)
    assert not isinstance(error.value, JsonLimitError)


@pytest.mark.parametrize("name", TOO_MUCH)
def test_limits_are_the_same_wherever_json_is_read(name):
    text = TOO_MUCH[name]
    for read in (loads, find_value):
        with pytest.raises(JsonLimitError) as error:
            read(text, surrogates="refuse")
    for words in (text, f"Here you are: {text}", f"```json\n{text}\n```"):
        with pytest.raises(Unreadable) as unreadable:
            read_json(words)
        assert error.value.message in str(unreadable.value)
    if "half-pair" not in name:
        with pytest.raises(JsonLimitError, match=r"."):
            parse_json(text.encode())


@pytest.mark.parametrize("value", ["\ud83d", {"\x01": 1}, [{"a": "\x07"}], float("nan"), 2**64, [[[]] * 2]])
def test_what_cannot_go_into_files_has_a_flaw(value):
    assert (flaw_of(value) is None) == (value == [[[]] * 2])


class Counting:
    """A decoder that counts the characters it reads, those that an error counts lines over too."""

    def __init__(self, decoder):
        self.decoder, self.read = decoder, 0

    def raw_decode(self, text, start):
        try:
            found = self.decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            self.read += error.pos - start + 1
            raise
        self.read += found[1] - start
        return found


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_read_of_a_text_is_bounded_by_its_length(name, monkeypatch):
    counting = Counting(json_text._DECODER)
    monkeypatch.setattr(json_text, "_DECODER", counting)
    text = HOSTILE[name](100_000)
    with pytest.raises(JsonTextError):
        find_value(text)
    assert counting.read <= 10 * len(text)


def cpu_seconds(text):
    best = 1e9
    for _ in range(3):
        began = time.process_time()
        with pytest.raises((SchemaMismatch, Unreadable)):
            read_json(text)
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("name", HOSTILE)
def test_eight_times_the_text_is_no_square_of_the_work(name):
    # Linear work grows by 8, quadratic work by 64; below a millisecond nothing is told apart.
    small, large = (max(cpu_seconds(HOSTILE[name](size)), 0.001) for size in (100_000, 800_000))
    assert large / small < 30
