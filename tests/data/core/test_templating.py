"""Whatever is wrong with a template is one line, within bounds."""

import time

import pytest

from rsica_bench.judge.rubric import Rubric
from rsica_data.core.errors import UserError
from rsica_data.core.templating import compile_template, rendered

WRONG = {
    "syntax": "{% if %}",
    "open": "{{ a",
    "unknown-name": "{{ nobody }}",
    "unknown-filter": "{{ case | nothing }}",
    "unknown-test": "{{ case is nothing }}",
    "division": "{{ 1 / 0 }}",
    "call": "{{ case() }}",
    "index": "{{ case[99999] }}",
    "type": "{{ case + 1 }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "power-of-name": "{% set n = 99999 %}{{ n ** n }}",
    "repetition": "{{ 'a' * 10 ** 9 }}",
    "repetition-turned": "{{ 10 ** 9 * 'a' }}",
    "repeated-list": "{{ [1] * 10 ** 9 }}",
    "range": "{% for i in range(10 ** 9) %}a{% endfor %}",
    "endless": "{% for i in range(99999) %}{% for j in range(99999) %}a{% endfor %}{% endfor %}",
    "recursion": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "nesting": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "blocks": "{% if 1 %}" * 200 + "{% endif %}" * 200,
    "class": "{{ case.__class__.__mro__ }}",
    "include": "{% include '/etc/passwd' %}",
    "extends": "{% extends 'x' %}",
    "format": "{{ '%d' | format('a') }}",
    "lines": "{{ 1 /\n 0 }}",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_template_is_one_line(name):
    began = time.monotonic()
    with pytest.raises(UserError) as caught:
        rendered(compile_template(WRONG[name], "prompt.jinja").generate(case="abc"), "prompt.jinja")
    assert str(caught.value).startswith("prompt.jinja") and "\n" not in str(caught.value)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["division", "unknown-name", "syntax"])
def test_a_wrong_rubric_is_one_line(name):
    with pytest.raises(UserError, match="rubric 'mine'"):
        Rubric("mine", 1, WRONG[name], {}).render({"a": 1})


def test_a_right_template_is_rendered():
    template = compile_template("{% for n in range(3) %}{{ n * 2 }}{{ 2 ** n }} {% endfor %}{{ 'ab' * 2 }}", "x")
    assert rendered(template.generate(), "x") == "01 22 44 abab"
