"""Decoding along a schema: whatever tokens a model would choose, what comes out fits."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tiny_models import tokenizer

from rsica_data.serve.guided import Grammar, check

TEXT = {"type": "string"}
LEAVES = st.sampled_from(
    [TEXT, {"type": "boolean"}, {"type": "null"}, {"const": 3}, {"enum": ["where", "what", "what else", 1, 12]},
     {"type": "integer"}, {"type": "integer", "minimum": 8, "maximum": 11}]
)  # fmt: skip
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items, "minItems": 2, "maxItems": 3}, inner),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(
            lambda parts: {
                "type": "object", "properties": parts, "required": list(parts), "additionalProperties": False,
            },
            st.dictionaries(st.text("abc \"é", min_size=1, max_size=4), inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=4,
)  # fmt: skip


@pytest.fixture(scope="module")
def words():
    return tokenizer(["<turn>"])


@pytest.fixture(scope="module")
def grammar(words):
    return Grammar(words, [words.eos_token_id])


def written(words, grammar, schema, choose):
    follow, tokens = grammar.follow(schema), []
    while not tokens or tokens[-1] != words.eos_token_id:
        tokens.append(choose(follow(tokens)))
    return words.decode(tokens, skip_special_tokens=True)


@settings(max_examples=60, deadline=None)
@given(schema=SCHEMAS, random=st.randoms(use_true_random=False))
def test_whatever_is_chosen_fits_the_schema(words, grammar, schema, random):
    text = written(words, grammar, schema, lambda allowed: random.choice(list(allowed)))
    Draft202012Validator(schema).validate(json.loads(text))


def test_the_model_chooses_words_values_and_length(words, grammar):
    """A model that wants one text gets to write it, token by token."""
    schema = {
        "type": "object",
        "properties": {"about": {"enum": ["what", "where"]}, "said": {"type": "array", "items": TEXT}},
    }
    wanted = words.encode('{"about": "where", "said": ["a road", "top-left"]}', add_special_tokens=False)

    def choose(allowed):
        # Of what is allowed, what brings the text nearest to the wanted one; tokens may be cut in other places.
        target = words.decode(wanted)
        fitting = [token for token in allowed if target.startswith(words.decode([*so_far, token]))]
        so_far.append(max(fitting, key=lambda token: len(words.decode([token])), default=words.eos_token_id))
        return so_far[-1]

    so_far = []
    text = written(words, grammar, schema, choose)
    assert json.loads(text) == {"about": "where", "said": ["a road", "top-left"]}


def test_a_string_that_does_not_end_is_ended(words, grammar):
    quote = words.convert_tokens_to_ids('"')
    text = written(words, grammar, TEXT, lambda allowed: next((t for t in allowed if t != quote), quote))
    assert len(words.encode(json.loads(text))) <= 80


@pytest.mark.parametrize(
    "schema",
    [
        {}, {"type": "object"}, {"type": "number"}, {"anyOf": [TEXT]}, {"type": "array"}, {"$ref": "#/x"},
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}},
        {"type": "array", "items": TEXT, "maxItems": 0},
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(schema):
    with pytest.raises(ValueError, match="response_format"):
        check(schema)
