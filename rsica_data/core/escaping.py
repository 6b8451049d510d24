"""Text of others as it may stand in CSV, LaTeX, BibTeX and Markdown, where models, papers and recipes name anything.

Everything keeps what it says; it only cannot be a formula, a command, a link or a table's border.
"""

from __future__ import annotations

import re

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}",
}  # fmt: skip
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
# Read as a formula, or as the start of one, by spreadsheets; the wide forms too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MARKDOWN = re.compile(r"[\\`*\[\]<>|~&$]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_LINK = re.compile(r"(?<![\\!])\[([^\[\]<>\\`\n]*)\]\((https?://[^\s()<>\\`]+)\)")
# Commands that titles and names of authors have; accents are no letters.
_TEX_WORDS = frozenset(
    """
    aa AA ae AE oe OE o O l L ss i j b c d H k r t u v textit textbf textsc textrm texttt textsuperscript
    textsubscript emph url doi mathrm mathbf mathcal mathbb times alpha beta gamma delta lambda mu sigma tau
    ldots dots textendash textemdash textquoteright textasciitilde textunderscore textregistered
    texttrademark
    """.split()  # noqa: SIM905 - a list of them would take a line each
)
_ENTRY = re.compile(r"[^@]*@(?P<kind>[A-Za-z]+)\s*\{\s*(?P<key>[^\s,{}()=\"#%\\~']+)\s*,")
_NO_ENTRIES = frozenset(("preamble", "string", "comment", "include", "input"))


def one_line_text(text: str) -> str:
    """The text on one line, without control characters and marks that turn the direction of writing."""
    # A manifest that was edited may hold a number where a text stands.
    return " ".join(_CONTROL.sub(" ", str(text)).split())


def csv_cell(value: object) -> object:
    """A cell of CSV that no spreadsheet takes for a formula: a text that begins as one gets an apostrophe before it.

    Numbers stay numbers, also negative ones.
    """
    if isinstance(value, str) and value.lstrip(" \u00a0").startswith(_FORMULA):
        return f"'{value}"
    return value


def latex_text(text: str) -> str:
    """The text for LaTeX, in a table or a paragraph: no command, no group, and no option of a line break before it."""
    plain = "".join(_LATEX.get(letter, letter) for letter in one_line_text(text))
    return f"{{}}{plain}" if plain.startswith(("[", "*")) else plain


def bibtex_text(text: str) -> str:
    """The text for a field of BibTeX in braces, which counts braces also after a backslash."""
    return latex_text(text).replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}")


def markdown_text(text: str) -> str:
    """The text for Markdown, in a heading, a cell of a table or a paragraph: no markup, link, entity or border."""
    return _MARKDOWN.sub(lambda match: f"\\{match[0]}", one_line_text(text))


def markdown_block(text: str) -> str:
    """Markdown of a recipe's author: what it marks up stays, with no HTML and no link but to the web.

    Markdown reads escapes and entities inside links, so each bracket that does not open a plain web link is escaped.
    """
    text = str(text)
    parts, place = [], 0
    for link in _LINK.finditer(text):
        parts += [_unlinked(text[place : link.start()]), link[0]]
        place = link.end()
    return "".join([*parts, _unlinked(text[place:])])


def _unlinked(text: str) -> str:
    text = re.sub(r"(?<!\\)((?:\\\\)*)(\[)", r"\1\\\2", text)
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


def bibtex_problem(text: str) -> str | None:
    """Why a text is not one BibTeX entry or several, as a paper's page gives them; None where it is.

    Refused are commands that titles do not have (``\\input``, ``\\write18``), TeX's other ways to write a backslash,
    entries that define something, and braces that would take in the entries of others.
    """
    # BibTeX passes over what stands between entries.
    place, entries = 0, 0
    while "@" in text[place:] or not entries:
        head = _ENTRY.match(text, place)
        if head is None:
            return "is no BibTeX entry (@article{key, ...})"
        if head["kind"].lower() in _NO_ENTRIES:
            return f"holds @{head['kind']}"
        end = _closing(text, text.index("{", head.start()))
        if end is None:
            return "has braces that do not match"
        place, entries = end, entries + 1
    if "^^" in text:
        return "holds '^^'"
    for word in re.findall(r"\\([A-Za-z]+)", text):
        if word not in _TEX_WORDS:
            return rf"holds the command \{word}"
    return None


def _closing(text: str, start: int) -> int | None:
    """Where the group that opens at ``start`` has ended, by BibTeX's rules: a backslash hides no brace."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return place + 1
    return None
