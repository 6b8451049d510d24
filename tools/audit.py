"""What is known of the installed packages: vulnerabilities, and a list of them all (a CycloneDX SBOM).

    python tools/audit.py ENVIRONMENT TOOLS OUT     both environments hold bin/python; the SBOM is written to OUT

Exit status 0 where nothing is known against any package, or where no service could be asked (which is said in a line);
1 where a package has a known vulnerability or the SBOM could not be made.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def vulnerabilities(environment, tools):
    """Ask pip-audit; lines for people, and whether something was found."""
    site = next((environment / "lib").glob("python3.*/site-packages"))
    done = subprocess.run(
        [tools / "bin" / "pip-audit", "--path", site, "--format", "json", "--progress-spinner", "off"],
        capture_output=True,
        text=True,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return [f"vulnerabilities: the service could not be asked ({said[:200]})"], False
    skipped = [item for item in packages if "skip_reason" in item]
    checked = [item for item in packages if "skip_reason" not in item]
    if not checked:
        return ["vulnerabilities: no package could be checked: the index here answers no questions about them"], False
    lines = [f"vulnerabilities: {len(checked)} packages checked, {len(skipped)} could not be"]
    for item in checked:
        for known in item["vulns"]:
            mended = ", ".join(known["fix_versions"]) or "no release"
            lines.append(f"  {item['name']} {item['version']}: {known['id']}, mended in {mended}")
    return lines, len(lines) > 1


def bill(environment, tools, out):
    """Write the SBOM; the number of its components."""
    words = ["environment", environment / "bin" / "python", "--pyproject", ROOT / "pyproject.toml"]
    subprocess.run(
        [
            tools / "bin" / "cyclonedx-py",
            *words,
            "--output-reproducible",
            "--output-format",
            "JSON",
            "--output-file",
            out,
        ],
        check=True,
    )
    return len(json.loads(out.read_text(encoding="utf-8"))["components"])


def main():
    """Both; the exit status."""
    environment, tools, out = map(Path, sys.argv[1:])
    lines, found = vulnerabilities(environment, tools)
    print("\n".join(lines))
    print(f"{out}: {bill(environment, tools, out)} components")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
