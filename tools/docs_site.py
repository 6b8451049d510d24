"""Builds the documentation site: pages put together under build/docs, mkdocs, and a check of every link.

Pages come from docs/, from CONTRIBUTING.md, CHANGELOG.md and SECURITY.md, from the notebooks of examples/, and from the
options of plug-ins.

    python tools/docs_site.py            build/site
    python tools/docs_site.py --check    only the links of the site that is there
"""

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rsica_data.core import registry
from rsica_data.core.option_table import option_rows, plugin_options, rows_as_markdown

ROOT = Path(__file__).resolve().parent.parent
PAGES, SITE = ROOT / "build" / "docs", ROOT / "build" / "site"
ROOT_PAGES = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
OUTPUT_LINES = 30
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def main(words: list[str]) -> int:
    if words != ["--check"]:
        assemble(PAGES)
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(ROOT / "docs" / "mkdocs.yml")]
        done = subprocess.run(
            command, env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tools'}", "NO_MKDOCS_2_WARNING": "1"}
        )
        if done.returncode:
            return done.returncode
    faults = check_site(SITE)
    print(
        "\n".join(faults)
        or f"{SITE.relative_to(ROOT)}: {len(list(SITE.rglob('*.html')))} pages, every link leads somewhere"
    )
    return bool(faults)


def assemble(target: Path) -> None:
    """All pages of the site, with links that hold there."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target, ignore=shutil.ignore_patterns("mkdocs.yml"))
    for name in ROOT_PAGES:
        (target / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    (target / "examples").mkdir()
    for path in sorted((ROOT / "examples").glob("*.ipynb")):
        text, pictures = notebook_page(json.loads(path.read_text(encoding="utf-8")), path.stem)
        (target / "examples" / f"{path.stem}.md").write_text(text, encoding="utf-8")
        for name, data in pictures.items():
            (target / "examples" / name).write_bytes(data)
    (target / "reference" / "options.md").write_text(options_page(), encoding="utf-8")
    for path in target.rglob("*.md"):
        path.write_text(_with_links(path, target), encoding="utf-8")


def _with_links(page: Path, target: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return _LINK.sub(lambda match: match[1] + _on_site(match[2], page, target) + match[3], text)


def _on_site(link: str, page: Path, target: Path) -> str:
    """A link of a page as it is to be on the site, where pages of the top folder lie beside those of docs/."""
    parts = urlsplit(link)
    if parts.scheme or not parts.path or (page.parent / parts.path).exists():
        return link
    name = re.sub(r"^(\.\./)*(docs/)?", "", parts.path).replace(".ipynb", ".md")
    if not (target / name).exists():
        return link
    return os.path.relpath(target / name, page.parent) + (f"#{parts.fragment}" if parts.fragment else "")


def options_page() -> str:
    """Options of every source, task, export format and adapter, as `rsica-data sources NAME` prints them."""
    parts = [
        "# Options of sources, tasks, exports and adapters",
        "Generated from the code. `rsica-data sources NAME`, `rsica-data tasks NAME`, `rsica-bench adapters NAME` and "
        "`rsica-data export --format NAME --help` print the same. Keys of a nested mapping are joined by dots: write "
        "`tiles.size` as `tiles: {size: 256}`.",
    ]
    for title, group, key in (
        ("Sources", registry.SOURCES, "`source.options` of a recipe"),
        ("Tasks", registry.TASKS, "`tasks.NAME` of a recipe"),
        ("Exports", registry.EXPORTERS, "`--set KEY=VALUE` of `rsica-data export`"),
        ("Adapters", registry.ADAPTERS, "`--set KEY=VALUE` of `rsica-bench run`, `options=` of `rsica_bench.evaluate`"),
    ):
        parts += [f"## {title}", f"Given as {key}."]
        for name in registry.names(group):
            spec = registry.load(group, name)
            table = rows_as_markdown(option_rows(plugin_options(spec)))
            parts += [f"### {name} {{ #{title.lower()}-{name} }}", spec.summary, table]
    return "\n\n".join(parts) + "\n"


def notebook_page(notebook: dict, stem: str) -> tuple[str, dict[str, bytes]]:
    """A notebook as Markdown, and its pictures by file name."""
    import base64

    parts, pictures = [], {}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                name = f"{stem}-{len(pictures) + 1}.png"
                pictures[name] = base64.b64decode("".join(data["image/png"]))
                parts.append(f"![output]({name})")
            else:
                lines = "".join(output.get("text") or data.get("text/plain", "")).splitlines()
                cut = [*lines[:OUTPUT_LINES], "..."] if len(lines) > OUTPUT_LINES else lines
                parts.append("```text\n" + _ADDRESS.sub("", "\n".join(cut)) + "\n```")
    return "\n\n".join(parts) + "\n", pictures


class _Page(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.update(given[key] for key in ("id", "name") if given.get(key))
        for key in ("href", "src"):
            if given.get(key):
                self.links.append((tag, given[key]))


def check_site(site: Path) -> list[str]:
    """What is wrong with the links of a site: files and anchors that are not there, things loaded from elsewhere."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        pages[path] = _Page()
        pages[path].feed(path.read_text(encoding="utf-8"))
    faults = [] if pages else [f"{site}: no pages"]
    for path, page in pages.items():
        if path.name == "404.html":  # its links are absolute, for any server
            continue
        for tag, link in page.links:
            fault = _fault(path, tag, link, pages)
            if fault:
                faults.append(f"{path.relative_to(site)}: {link}: {fault}")
    return faults


def _fault(path: Path, tag: str, link: str, pages: dict[Path, _Page]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        outside = tag != "a" and parts.scheme in ("", "http", "https")
        return "is loaded from elsewhere" if outside else None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "no such file"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
        return "no such anchor"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
