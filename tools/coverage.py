"""Writes docs/coverage.md: datasets of the catalog with their evidence, and the systems whose data they are.

python tools/coverage.py           # write the page
python tools/coverage.py --check   # exit status 1 where it is not up to date
"""

import sys
from pathlib import Path

from rsica_data.sources.catalog.pages import all_pages

TARGET = Path(__file__).resolve().parent.parent / "docs" / "coverage.md"

SYSTEMS = {
    "DeltaVLM (ChangeChat-105k)": ("levir-mci", "changechat-json", "levir-cc"),
    "Change-Agent (LEVIR-MCI)": ("levir-mci",),
    "RSBuilding": ("whu-cd", "levir-cd", "s2looking"),
    "BTC": ("levir-cd", "clcd", "egy-bcd", "gvlm", "oscd", "whu-cd"),
    "MapFormer": ("dynamicearthnet", "hrscd"),
    "LENet": ("clcd", "px-clcd", "levir-cd", "s2looking"),
    "CDMaskFormer, rschange": ("whu-cd", "clcd", "sysu-cd", "dsifn", "levir-cd"),
    "CFNet": ("clcd", "levir-cd", "sysu-cd"),
    "DDPM-CD": ("levir-cd", "whu-cd", "dsifn", "cdd"),
    "Mamba-FCS": ("second", "landsat-scd"),
    "ChangeMamba": ("levir-cd-plus", "whu-cd", "sysu-cd", "second", "xbd", "bright"),
    "SECOND-CC, MModalCC": ("second-cc",),
    "CDVQA": ("cdvqa",),
    "VisTA (QAG-360K)": ("qag-360k",),
    "RSVQA": ("rsvqa-lr", "rsvqa-hr"),
    "NWPU-RESISC45": ("resisc45",),
    "BANDON": ("bandon",),
    "CDChat": ("cdchat",),
    "SegEarth-R1 (EarthReason)": ("earthreason",),
    "SkyScript": ("skyscript",),
    "RSTeller": ("rsteller",),
    "XLRS-Bench": ("xlrs-bench",),
    "TEOChat (evaluation)": ("teochatlas",),
    "GAIA": ("gaia",),
    "LandCover.ai, DeepTriNet": ("landcover-ai",),
    "FUSU": ("fusu",),
    "HySCDG (FSC-180k)": ("fsc-180k",),
    "SpectralGPT (OSCD)": ("oscd",),
}

WITHOUT = {
    "oriented boxes and masks of single objects, as text": "refGeo, GeoChat-Instruct, VRSBench",
    "HDF5 and NumPy": "So2Sat LCZ42, CaBuAr, ChaBuD, QuakeSet, CrisisLandMark, PASTIS",
    "shards with several images a row": "EarthDial",
    "attributes of polygons on the ground, roads": "SpaceNet 8",
    "several versions of one image": "WUSU, SyntheWorld",
    "masks of objects that a text names": "RRSIS-D, RefSegRS",
    "multiple choice about images that records name": "CHOICE, GEOBench-VLM, DisasterM3",
}


def cell(lines):
    return "; ".join(lines).replace("|", "\\|") or "-"


def page_text():
    pages = all_pages()
    lines = [
        "# What of the field is covered",
        "",
        "Written by `python tools/coverage.py` from the pages of the catalog. Every layout of every page is written",
        "from the page and read back to the same masks, and every page is built: page and reader agree",
        "(`tests/data/sources/test_catalog_written.py`).",
        "That a page is right rests on what it was verified against.",
        "",
        "| dataset | family | layouts | verified against | not verified |",
        "| --- | --- | --- | --- | --- |",
    ]
    for page in pages:
        verified, open_ = cell(page.verified), cell(page.not_verified)
        lines.append(f"| `{page.name}` | {page.family} | {len(page.layouts)} | {verified} | {open_} |")
    lines += ["", "## Systems by the datasets that they use", "", "| system | datasets |", "| --- | --- |"]
    known = {page.name for page in pages}
    for system, names in SYSTEMS.items():
        assert known >= set(names), (system, set(names) - known)
        lines.append(f"| {system} | {', '.join(f'`{name}`' for name in names)} |")
    lines += ["", "## Forms without a reader yet", "", "| form | datasets |", "| --- | --- |"]
    lines += [f"| {form} | {names} |" for form, names in WITHOUT.items()]
    return "\n".join([*lines, ""])


def main():
    text = page_text()
    if "--check" in sys.argv[1:]:
        return int(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
