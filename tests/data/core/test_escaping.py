"""Text of others in CSV, LaTeX, BibTeX, Markdown and pages: it says what it said, and does nothing."""

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import rsica_bench
import rsica_data
from rsica_data.core.escaping import bibtex_problem, bibtex_text, csv_cell, latex_text, markdown_block, markdown_text
from rsica_data.core.web_pages import content_policy, data_script, json_block

FORMULAS = ("=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", '=HYPERLINK("http://x";"y")')


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text):
    stream = io.StringIO()
    csv.writer(stream).writerow([csv_cell(text)])
    (cell,) = next(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert cell == f"'{text}"


def test_numbers_and_plain_text_stay():
    assert [csv_cell(value) for value in (-0.5, 3, "", "a=b", "GPT-4")] == [-0.5, 3, "", "a=b", "GPT-4"]


def test_latex_has_no_command_group_or_option():
    assert latex_text("a_b & 5 % $x$ #1 {c} ~ ^") == (
        r"a\_b \& 5 \% \$x\$ \#1 \{c\} \textasciitilde{} \textasciicircum{}"
    )
    assert latex_text(r"\input{/etc/passwd}") == r"\textbackslash{}input\{/etc/passwd\}"
    assert latex_text("[2em] x").startswith("{}[") and latex_text("*x").startswith("{}*")
    assert latex_text("a\n\n\\end{tabular}\r%\x00b").count("\n") == 0
    assert bibtex_text("a } b { c").count("{") == bibtex_text("a } b { c").count("}")


BAD_ENTRIES = (
    r"@article{k, title={\input{/etc/passwd}}}",
    r"@article{k, title={\immediate\write18{rm -rf /}}}",
    r"@article{k, title={\csname input\endcsname}}",
    "@article{k, title={^^5cinput}}",
    '@preamble{"x", }',
    "@string{k, a={b}}",
    "@comment{k, x={y}}",
    "@article{k, title={a}",
    "@article{k, title={a}} mail@example.org",
    "@article{, title={a}}",
    "@article",
    " ",
)
GOOD_ENTRIES = (
    "% of the authors\n@article{k, title={a}}\nand no more\n",
    "@article{liu2022, title={A {T}itle}, author={M{\\\"u}ller, J. and \\'Elie, P.}, year=2022}",
    '@misc{a,\n  title = {x},\n  url = {https://arxiv.org/abs/2507.22346}\n}\n\n@inproceedings{b:1, title = "y"}\n',
    r"@article{k, title={\textit{On} $\alpha$ \& \emph{more} 5\%}}",
)


@pytest.mark.parametrize("text", BAD_ENTRIES)
def test_no_bibtex_but_entries(text):
    assert bibtex_problem(text)


@pytest.mark.parametrize("text", GOOD_ENTRIES)
def test_entries_of_papers_are_taken(text):
    assert bibtex_problem(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("open_qa mae/road", "open_qa mae/road"),
        ("_x_ *y* `z`", r"\_x\_ \*y\* \`z\`"),
        ("[a](javascript:alert(1))", r"\[a\](javascript:alert(1))"),
        ("<script>x</script>", r"\<script\>x\</script\>"),
        ("a\n# b\n\n| c |", r"a # b \| c \|"),
        ("x &#106; y \u202e z", r"x \&#106; y z"),
    ],
)
def test_markdown_is_text(text, shown):
    assert markdown_text(text) == shown


def test_a_description_keeps_its_marks_and_web_links_alone():
    kept = "Some *words*, a [link](https://example.org/a?b=1&c=2) and\n\n- a list, 1 < 2\n"
    assert markdown_block(kept) == kept
    for text in (
        "[x](javascript:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](data:text/html,x)",
        "![x](https://example.org/pixel.png)",
        "[x]: javascript:alert(1)",
        "[x][y]",
        '[x](https://a.b "t") [y](https:javascript:1)',
        "\\\\[x](javascript:1)",
    ):
        shown = markdown_block(text)
        assert not re.search(r"(?<!\\)(?:\\\\)*\[", shown), shown
    assert "<" not in markdown_block("<img src=x onerror=y><javascript:x></a><!-- x -->")


ASSETS = [
    *Path(rsica_data.__file__).parent.rglob("assets/*"),
    *Path(rsica_bench.__file__).parent.rglob("assets/*"),
]


def test_pages_have_a_policy_and_nothing_that_it_forbids():
    pages = [path for path in ASSETS if path.suffix == ".html"]
    assert len(pages) == 3
    for path in pages:
        text = path.read_text(encoding="utf-8")
        policy = text.index('http-equiv="Content-Security-Policy"')
        assert policy < min(text.index(word) for word in ("<title", "<script", "<style") if word in text)
        assert not re.search(r"""\son[a-z]+\s*=|\sstyle\s*=|javascript:""", text)
        for script in re.findall(r"<script>(.*?)</script>", text, re.DOTALL):
            assert script == "/*SCRIPT*/"
    for path in ASSETS:
        if path.suffix == ".js":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function", text), (
                path
            )
            # A style attribute is forbidden; properties that a script sets are not.
            assert not re.search(r"""style:\s*["'`]|setAttribute\(["']style""", text), path


def test_the_policy_lets_the_inline_parts_run_by_their_hash():
    policy = content_policy(scripts=["let a = 1;\n"], styles=["p { }"], files=False)
    assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy and "http" not in policy
    digest = base64.b64encode(hashlib.sha256(b"let a = 1;\n").digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert "script-src 'self' file:;" in content_policy(files=True)


def hashed(page):
    """The inline scripts and styles of a page, and the hashes that its policy names."""
    text = page.read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>|<style>(.*?)</style>", text, re.DOTALL)
    made = {base64.b64encode(hashlib.sha256("".join(two).encode()).digest()).decode() for two in inline}
    return made, set(re.findall(r"'sha256-([^']+)'", text))


def test_written_pages_state_the_hashes_of_what_they_hold(rsica_data, rsica_bench, small_dataset, tmp_path):
    assert rsica_data("preview", small_dataset, "--html", tmp_path / "page.html").status == 0
    assert rsica_data("preview", small_dataset, "--html", f"{tmp_path}/report/").status == 0
    assert rsica_bench("run", "--data", small_dataset, "--adapter", "oracle", "--out", tmp_path / "run").status == 0
    assert rsica_bench("leaderboard", "build", tmp_path / "run", "--html", tmp_path / "board.html").status == 0
    for page in ("page.html", "report/index.html", "board.html"):
        made, stated = hashed(tmp_path / page)
        assert made == stated and len(made) == 2, page


NAMES = ("constructor", "__proto__", "toString", "hasOwnProperty", "valueOf")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_names_that_every_object_has_are_names_like_others():
    """Looked up as the pages do, a name gives what the data says of it, and nothing where it says nothing."""
    parts = (Path(rsica_data.__file__).parent / "dataset/report/assets/parts.js").read_text(encoding="utf-8")
    plain = parts[parts.index("const plain") : parts.index("// Building blocks")]
    value = {"has": dict.fromkeys(NAMES, 0.5), "lacks": {"x": 1}, "text": "</script> \u2028 ü"}
    program = f"""
    globalThis.window = {{}};
    {data_script("k", value)}
    {plain}
    const found = plain(window.RSICA.k);
    const names = {json.dumps(NAMES)};
    const made = dict(names.map((name) => [name, 1]));
    console.log(JSON.stringify([names.map((name) => found.has[name]), names.filter((name) => name in found.lacks),
      names.map((name) => dict([])[name] === undefined && made[name] === 1), found.text]));
    """
    said = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == [[0.5] * 5, [], [True] * 5, value["text"]]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
@pytest.mark.parametrize("path", [path for path in ASSETS if path.suffix == ".js"], ids=lambda path: path.name)
def test_scripts_are_of_the_language(path):
    subprocess.run(["node", "--check", str(path)], check=True)


def test_every_page_has_the_same_way_to_hold_data():
    texts = [path.read_text(encoding="utf-8") for path in ASSETS if path.name in ("parts.js", "page.js", "views.js")]
    parts = {text[text.index("// Data without") : text.index("const dict")] for text in texts}
    assert len(texts) == 3 and len(parts) == 1


def test_json_in_a_page_holds_half_surrogates_and_no_tag():
    assert json_block({"a": "\ud83d<!--"}) == '{"a": "\\ud83d\\u003c!--"}'
    with pytest.raises(ValueError):
        json_block(float("nan"))
