"""Keys, prices, plans, schemas, limits: what can be computed by hand or must hold for any input."""

import asyncio
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from rsica_data.core.errors import UserError
from rsica_data.imagery.images import encode_png
from rsica_data.llm import Image, LlmRequest, LlmSettings, Message, Price, Usage
from rsica_data.llm.limiter import Limiter, retry_after, seconds
from rsica_data.llm.payload import body, read_answer
from rsica_data.llm.structured import SchemaMismatch, fit, read_json, strict
from rsica_data.serve.answerers import AnswerRequest, answer_schema
from rsica_data.serve.faults import HTTP, Faults, parse_rates, violate


def request(**values):
    return LlmRequest(**{"messages": (Message("user", "hi", (Image("image/png", b"a"),)),), "model": "m", **values})


def test_the_key_holds_what_can_change_the_answer_and_nothing_else():
    same = [request(), request(tag="x"), request(schema_name="unused"), request(parameters={})]
    assert len({one.key for one in same}) == 1
    others = [
        request(model="n"),
        request(sample=1),
        request(parameters={"temperature": 0}),
        request(schema={}),
        request(schema={}, schema_name="other"),
        request(messages=(Message("system", "hi", (Image("image/png", b"a"),)),)),
        request(messages=(Message("user", "hi", (Image("image/png", b"b"),)),)),
        request(messages=(Message("user", "hi", (Image("image/jpeg", b"a"),)),)),
        request(messages=(Message("user", "hi"),)),
    ]
    assert len({one.key for one in [*same, *others]}) == 1 + len(others)
    assert request(parameters={"a": 1, "b": 2}).key == request(parameters={"b": 2, "a": 1}).key


def test_prices_are_decimals_per_million_tokens():
    price = Price.model_validate({"input": 0.15, "output": "0.6", "cached_input": "0.075", "batch_discount": 0.5})
    usage = Usage(1000, 200, 400)
    # 600 * 0.15 + 400 * 0.075 + 200 * 0.6 = 90 + 30 + 120 = 240 millionths
    assert price.cost(usage) == Decimal("0.00024")
    assert price.cost(usage, batch=True) == Decimal("0.00012")
    assert Price(input=Decimal(1), output=Decimal(2)).cost(Usage(10, 1, 10)) == Decimal("0.000012")
    assert LlmSettings().cost("unknown", usage) is None
    with pytest.raises(ValidationError):
        Price.model_validate({"input": -1, "output": 1})


def test_the_plan_counts_estimates_and_prices(server, make_client, ask):
    client = make_client(server.url, cache_dir=None)
    list(client.ask_all(ask(number) for number in range(4)))
    spent = client.usage.usage.cost
    outputs = client.usage.usage.output_tokens
    image = Image("image/png", encode_png(__import__("numpy").zeros((600, 256, 3), "uint8")))
    picture = LlmRequest((Message("user", "x" * 400, (image,)),), "schema", parameters={"max_tokens": 100})
    plan = client.plan([*(ask(number) for number in range(4)), ask(0), picture])
    assert (plan.requests, plan.repeated, plan.cached, plan.to_send) == (5, 1, 4, 1)
    assert plan.spent == spent
    # 400 characters / 4 + 4 for the message; 600 x 256 pixels are two tiles: 85 + 2 * 170
    assert plan.input_tokens == 100 + 4 + 425
    assert plan.output_tokens == round(outputs / 4)
    assert plan.cost == (529 * Decimal("0.15") + plan.output_tokens * Decimal("0.6")) / 1_000_000
    fresh = make_client(server.url, cache_dir=None).plan([picture])
    assert (fresh.output_tokens, fresh.output_measured) == (100, False)
    unknown = make_client(server.url, cache_dir=None, prices={}).plan([picture])
    assert (unknown.cost, unknown.unpriced) == (None, ("schema",))
    assert unknown.to_json()["cost"] is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('Here you are:\n```json\n{"a": 1}\n```\nGood luck', {"a": 1}),
        ('The answer is {"a": {"b": [1]}} as asked', {"a": {"b": [1]}}),
        ("[1, 2] or so", [1, 2]),
        ("3", 3),
    ],
)
def test_json_is_found_in_words(text, value):
    assert read_json(text) == value


@pytest.mark.parametrize("text", ["", "no", '{"a": ', "NaN", '{"a": NaN}', "{]"])
def test_what_is_no_json_is_a_misfit(text):
    with pytest.raises(SchemaMismatch):
        read_json(text)


def test_a_misfit_says_where():
    schema = {"type": "object", "properties": {"n": {"type": "array", "items": {"type": "integer"}}}}
    assert fit('{"n": [1]}', schema) == {"n": [1]}
    with pytest.raises(SchemaMismatch, match=r"\$\.n\[1\]: 'x' is not of type 'integer'"):
        fit('{"n": [1, "x"]}', schema)
    with pytest.raises(UserError, match="not a JSON schema"):
        fit("1", {"type": "nonsense"})


def test_strict_mode_is_asked_for_only_where_the_schema_allows_it():
    closed = {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}
    assert strict(closed)
    assert not strict({**closed, "required": []})
    assert not strict({"type": "array", "items": {"type": "object"}})
    assert strict({"type": "array", "items": closed})


def schemas(depth=2):
    low, more = st.integers(-50, 50), st.integers(0, 20)
    leaf = st.one_of(
        st.builds(lambda a, b: {"type": "integer", "minimum": a, "maximum": a + b}, low, more),
        st.builds(lambda a, b: {"type": "number", "minimum": a, "maximum": a + b}, low, more),
        st.builds(lambda a, b: {"type": "string", "minLength": a, "maxLength": a + b}, more, more),
        st.builds(lambda values: {"enum": values}, st.lists(st.text(max_size=5), min_size=1, max_size=4, unique=True)),
        st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"const": 4}, {"type": ["string", "null"]}]),
    )
    if depth == 0:
        return leaf
    inner = schemas(depth - 1)
    objects = st.builds(
        lambda properties: {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
        st.dictionaries(st.text(max_size=5), inner, max_size=4),
    )
    arrays = st.builds(
        lambda items, a, b: {"type": "array", "items": items, "minItems": a, "maxItems": a + b},
        inner,
        st.integers(0, 3),
        st.integers(0, 3),
    )
    return st.one_of(leaf, objects, arrays, st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner))


@settings(max_examples=150, deadline=None)
@given(schemas(), st.text(max_size=20))
def test_the_schema_answerer_fits_any_schema_and_repeats_itself(schema, words):
    asked = AnswerRequest((Message("user", words),), schema, "schema")
    text = answer_schema(asked)
    assert list(Draft202012Validator(schema).iter_errors(json.loads(text))) == []
    assert answer_schema(asked) == text


@settings(max_examples=50, deadline=None)
@given(schemas())
def test_a_violation_violates(schema):
    assert not Draft202012Validator(schema).is_valid(json.loads(violate(schema)))


def test_references_and_merged_schemas_are_filled():
    schema = {
        "$defs": {"cell": {"enum": ["a", "b"]}},
        "allOf": [{"type": "object", "properties": {"x": {"$ref": "#/$defs/cell"}}, "required": ["x"]}],
        "properties": {"y": {"type": "array", "uniqueItems": True, "minItems": 2, "items": {"$ref": "#/$defs/cell"}}},
    }
    value = json.loads(answer_schema(AnswerRequest((Message("user", "q"),), schema, "schema")))
    assert Draft202012Validator(schema).is_valid(value)
    assert sorted(value["y"]) == ["a", "b"]
    with pytest.raises(ValueError, match="pattern"):
        answer_schema(AnswerRequest((Message("user", "q"),), {"type": "string", "pattern": "^a$"}, "schema"))


def test_bodies_of_both_apis():
    asked = request(schema={"type": "object"}, parameters={"seed": 3, "max_tokens": 9, "top_k": 5}, sample=2)
    chat = body(asked, "chat", "schema")
    assert chat["messages"][0]["content"][0]["image_url"]["url"] == "data:image/png;base64,YQ=="
    assert (chat["seed"], chat["max_tokens"], chat["top_k"]) == (5, 9, 5)
    assert chat["response_format"]["json_schema"] == {"name": "answer", "schema": {"type": "object"}, "strict": False}
    words = body(asked, "chat", "prompt")
    assert "response_format" not in words
    assert words["messages"][0]["content"][1]["text"].startswith("hi\n\nAnswer with one JSON value")
    responses = body(asked, "responses", "json")
    assert responses["max_output_tokens"] == 9 and "seed" not in responses and responses["store"] is False
    assert responses["text"] == {"format": {"type": "json_object"}}


def test_answers_of_both_apis_with_what_servers_leave_out():
    bare = read_answer(json.dumps({"choices": [{"message": {"content": "x"}}]}), "chat")
    assert (bare.text, bare.usage, bare.refusal) == ("x", None, None)
    thought = {
        "output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}],
        "incomplete_details": {"reason": "max_output_tokens"},
        "usage": {"input_tokens": 3, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 1}},
    }
    found = read_answer(thought, "responses", "r1")
    assert (found.refusal, found.finish, found.usage) == ("no", "max_output_tokens", Usage(3, 2, 1))
    assert found.request_id == "r1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1s", 1),
        ("6m0s", 360),
        ("120ms", 0.12),
        ("1h2m3.5s", 3723.5),
        ("2", 2),
        ("", None),
        (None, None),
        ("soon", None),
    ],
)
def test_durations_of_rate_limit_headers(text, value):
    assert seconds(text) == value


def test_retry_after_as_number_milliseconds_and_date():
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": "7", "retry-after-ms": "250"}) == 0.25
    assert retry_after({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}) == 0
    assert retry_after({"retry-after": "later"}) is None
    assert retry_after({}) is None


def test_the_window_is_halved_once_a_burst_and_widens_again():
    async def run():
        limiter = Limiter(16)
        tickets = [await limiter.enter() for _ in range(16)]
        waiting = asyncio.ensure_future(limiter.enter())
        await asyncio.sleep(0)
        assert not waiting.done()
        for ticket in tickets:
            limiter.limited(ticket, None)
            limiter.leave()
        assert limiter.window == 8, "sixteen refusals of one burst are one cut"
        late = await waiting
        limiter.limited(late, 0.05)
        assert limiter.window == 4
        begun = asyncio.get_running_loop().time()
        limiter.leave()
        ticket = await limiter.enter()
        assert asyncio.get_running_loop().time() - begun >= 0.045, "nothing is sent while the server asks for quiet"
        for _ in range(100):
            limiter.answered(ticket, {}, 10)
        assert 10 < limiter.window <= 16
        limiter.leave()

    asyncio.run(run())


def test_no_more_is_sent_than_the_server_has_left():
    async def run():
        limiter = Limiter(16)
        ticket = await limiter.enter()
        limiter.answered(ticket, {"x-ratelimit-remaining-requests": "3"}, 10)
        limiter.leave()
        entered = [asyncio.ensure_future(limiter.enter()) for _ in range(10)]
        await asyncio.sleep(0)
        assert sum(place.done() for place in entered) == 3
        limiter.let_all_in()
        await asyncio.gather(*entered)

    asyncio.run(run())


def test_faults_follow_from_seed_and_request_alone():
    faults = Faults({"429": 0.2, "500": 0.1, "wrong-count": 0.3}, seed=4)
    drawn = {(body, n): faults.draw(body, n) for body in map(str, range(2000)) for n in (1, 2)}
    assert drawn == {case: faults.draw(*case) for case in reversed(drawn)}
    shares = {name: sum(fault == name for fault, _ in drawn.values()) / len(drawn) for name in HTTP}
    assert shares["429"] == pytest.approx(0.2, abs=0.03) and shares["500"] == pytest.approx(0.1, abs=0.03)
    assert sum("wrong-count" in flags for _, flags in drawn.values()) / len(drawn) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("pair", ["429", "=1", "429=x", "429=2", "429=-1"])
def test_rates_are_checked(pair):
    with pytest.raises(UserError, match="--fault"):
        parse_rates((pair,))
    with pytest.raises(UserError, match="sum to more than 1"):
        parse_rates(("429=0.6", "500=0.6"))
