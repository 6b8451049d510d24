"""Names of models, notes, sources and datasets that would be formulas, commands or markup, through every writer."""

import csv
import io
import re

import pytest
import yaml
from markdown_it import MarkdownIt

from rsica_bench.leaderboard.board_pages import write_markdown
from rsica_bench.leaderboard.board_tables import Row, Table
from rsica_bench.leaderboard.site.downloads import as_bibtex, as_csv, as_latex, as_model_index
from rsica_data.core.escaping import bibtex_problem
from rsica_data.dataset.export.card import write_card

NAMES = (
    "=1+1", "+1", "-1+x", "@SUM(A1)", "\\input{x}", "a|b|c", "{", "}", "{x}", "`a` ```", "a\nb\n\n# c", "a\r=1",
    "<script>alert(1)</script>", "<!-- x", "[x](javascript:alert(1))",
    "![x](javascript:alert(1))", "&#106;avascript:x",
    "<javascript:alert(1)>", "*a* _b_ ~~c~~", "% x", "a & b \\\\", "$x^2$", "#x", "]]>", "\x1b[2J",
    "a\u2028b", "\u202ex",
)  # fmt: skip
# All that a table has of its own, and a letter that is written as it is.
_LATEX = re.compile(
    r"\\(?:begin\{tabular\}\{llrr\}|end\{tabular\}|toprule|midrule|bottomrule|\\$|textbf\{[-\d.]+\}"
    r"|text(?:backslash|asciitilde|asciicircum|less|greater|bar)\{\}|[&%$#_{}])|\$\\uparrow\$|\{\}"
)
_TAGS = re.compile(r"</?(?:h[1-6]|p|ul|li|table|thead|tbody|tr|th|td|code|strong|em|pre|hr)\b[^<>]*>")
_TEXT_ATTRIBUTES = re.compile(r' (?:class="language-[a-z]+"|style="text-align:[a-z]+")')


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def table_of(name):
    rows = [
        {"model": name, "status": name, "privileged": False, "trust": name, "source": f"{name} {number}",
         "items": 3, "values": {"exact_all": -0.5 + number, name: 0.25}}
        for number in (0, 1)
    ]  # fmt: skip
    return {"task": name, "split": name, "protocol": name, "columns": ["exact_all", name], "lower": [], "rows": rows}


def one_line(name):
    return " ".join(re.sub("[\x00-\x1f\u2028\u202e]", " ", name).split())


def shown(text):
    """A Markdown text as HTML, and the cells of its tables; nothing in it may act."""
    html = MarkdownIt("commonmark").enable("table").render(text)
    rest = _TAGS.sub("", html)
    assert "<" not in rest and not re.search(r"<(a|img)\b", html), html
    for tag in _TAGS.findall(html):
        assert "=" not in _TEXT_ATTRIBUTES.sub("", tag), tag
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    return html, [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]


def plain(cell):
    for letter, entity in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("&", "&amp;")):
        cell = cell.replace(entity, letter)
    return cell


def test_csv(name):
    first, *rows = csv.reader(io.StringIO(as_csv(table_of(name)), newline=""))
    assert len(first) == 7 and all(len(row) == 7 for row in rows) and len(rows) == 2
    assert rows[0][0].removeprefix("'") == one_line(name) == first[-1].removeprefix("'")
    assert float(rows[0][5]) == -0.5  # a number is no formula
    for cell in (*first, *rows[0][:4], *rows[1][:4]):
        assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_latex(name):
    text = as_latex(table_of(name))
    lines = text.splitlines()
    assert lines[0].startswith("% ") and len(lines) == 9
    for line in lines[1:]:
        assert not re.search(r"[\\{}$%#_^~]", _LATEX.sub("", line)), line
        assert _LATEX.sub("", line).count("&") in (0, 3)


def test_bibtex(name):
    text = as_bibtex({"runs": [], "tables": [table_of(name)]})
    fields = re.sub(r"\\text[a-z]+\{\}|\\[&%$#_]|(?<=\{)\{\}", "", text)
    assert text.count("@misc{") == 2 and "\\" not in fields
    assert fields.count("{") == fields.count("}") == 4
    assert bibtex_problem(re.sub(r"\\text[a-z]+\{\}", "", text)) is None


def test_model_index(name):
    run = {
        "model": name, "split": name, "dataset": {"name": name, "sha256": name},
        "protocol": {"name": name, "version": 1}, "tasks": {name: {"metrics": {name: 0.5}}},
    }  # fmt: skip
    (read,) = yaml.safe_load(as_model_index(run, {name: [name]}))["model-index"]
    assert read["name"] == name and read["results"][0]["task"]["name"] == name
    assert read["results"][0]["metrics"] == [{"type": name, "value": 0.5, "name": name}]


def test_markdown_of_a_board(name, tmp_path):
    row = Row(name, name, False, 3, {"a": 0.5, name: 0.25})
    write_markdown([Table(name, name, name, name, name, ("a", name), (), "a", (row, row))], tmp_path / "l.md")
    html, rows = shown((tmp_path / "l.md").read_text(encoding="utf-8"))
    assert [len(cells) for cells in rows] == [5, 5, 5]
    assert [plain(cell) for cell in rows[1]] == [one_line(name), one_line(name), "3", "0.5000", "0.2500"]
    assert html.count("<h1>") == html.count("<h2>") == 1


def test_card(name, stored_pair, write_dataset, tmp_path):
    source = {"name": name, "license": name, "citation": name, "url": name, "redistributable": False}
    manifest = write_dataset([stored_pair("x")], [], source=source).manifest
    manifest |= {
        "recipe": {"name": name, "title": name, "version": 1, "description": "", "license": name},
        "versions": {"rsica": name, "python": name}, "seed": 1, "recipe_sha256": name, "input": {"sha256": name},
        "withheld": {"reason": "They say so.", "files": {}},
    }  # fmt: skip
    manifest["counts"] |= {
        "rejected": {name: 1},
        "pairs": {name: 1},
        "changed": {name: 1},
        "instructions": {name: {name: 1}},
    }
    text = write_card(tmp_path, manifest)
    front = yaml.safe_load(re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)[1])
    assert front["pretty_name"] == name
    body = text.split("\n---\n\n", 1)[1].rsplit("\n<!-- card of rsica", 1)[0]
    html, rows = shown(body)
    assert [len(cells) for cells in rows] == [4, 4] and plain(rows[1][0]) == one_line(name)
    assert html.count("<h1>") == 1 and html.count("<h2>") == 8
    assert html.count("<pre>") == 3
    recipe = re.search(r'<pre><code class="language-yaml">(.*?)</code>', html, re.DOTALL)[1]
    assert yaml.safe_load(plain(recipe))["title"] == name
