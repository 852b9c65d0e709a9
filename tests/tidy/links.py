#!/usr/bin/env python3
"""Do the pages tell the truth about places? Relative links in *.md lead somewhere, and so do the paths that they name in `code`."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("core", "plugins", "proto", "web", "dags", "tests", "third_party", ".ci", ".github")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def main():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    wrong, seen = [], 0
    for name in filter(None, listed.stdout.split("\n")):
        page = ROOT / name
        if not page.is_file():
            continue
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        headings = {}
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            seen += 1
            path, _, anchor = target.partition("#")
            place = page if not path else (page.parent / path)
            if not place.exists():
                wrong.append(f"{name} links to {path}, which doesn't exist")
            elif anchor and place.suffix == ".md":
                anchors = headings.setdefault(place, {re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-")
                                                      for line in re.findall(r"^#+ (.*)$", place.read_text(encoding="utf-8"), re.M)})
                if anchor not in anchors:
                    wrong.append(f"{name} links to {target}, and there is no such heading")
        for code in re.findall(r"`([^`\n]+)`", text):
            path = code.rstrip("/")
            if not re.fullmatch(r"[\w./-]+", path) or path.split("/")[0] not in ROOMS or "/" not in path:
                continue
            seen += 1
            if not (ROOT / path).exists() and not (page.parent / path).exists():
                wrong.append(f"{name} names {path}, which doesn't exist")
    for sentence in wrong:
        print(sentence)
    print(f"{seen} places named, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
