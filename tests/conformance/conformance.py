#!/usr/bin/env python3
"""./dev conformance SET: does the product agree with the outside world?

    conformance.py SET --build DIR [--cases FILE]... [--out FILE]

SET is a folder of ../shared/cases with a module of its name here, which gives a verdict for every case of a file of that shape:
`run(build, files) -> iterable of {"id", "verdict": "pass" | "fail" | "skip", "reason", …}`. --out gets these, a JSON line each.
The last line is "N passed, N failed, N skipped"; exit code 1 when one failed, 77 when the cases aren't there.
"""
import argparse
import importlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parents[2] / "shared/cases"
SETS = sorted(path.stem for path in HERE.glob("*_cases.py"))
SHOWN = 20  # failures that are printed


def main():
    parser = argparse.ArgumentParser(description="Conformance cases against the product.")
    parser.add_argument("set", help=f"one of: {' '.join(name.removesuffix('_cases') for name in SETS)}")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--cases", action="append", default=[], help="a file of that shape; the set's own when left out")
    parser.add_argument("--out", help="gets the verdicts, a JSON line each")
    options = parser.parse_args()
    if options.set + "_cases" not in SETS:
        print(f"no set {options.set!r} can be run yet; known are {', '.join(name.removesuffix('_cases') for name in SETS)}", file=sys.stderr)
        return 2
    module = importlib.import_module(options.set + "_cases")
    files = [pathlib.Path(path) for path in options.cases] or [CASES / options.set / name for name in module.FILES]
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        print(f"SKIPPED: conformance {options.set}, because there is no {', '.join(missing)}", file=sys.stderr)
        return 77
    counts = {"pass": 0, "fail": 0, "skip": 0}
    out = open(options.out, "w", encoding="utf-8") if options.out else None
    for result in module.run(pathlib.Path(options.build).resolve(), files):
        counts[result["verdict"]] += 1
        if result["verdict"] == "fail" and counts["fail"] <= SHOWN:
            print(f"{result['id']}: {result['reason']}")
        if out:
            out.write(json.dumps(result, ensure_ascii=False) + "\n")
    if out:
        out.close()
    print(f"{counts['pass']} passed, {counts['fail']} failed, {counts['skip']} skipped")
    return 1 if counts["fail"] or not counts["pass"] else 0


if __name__ == "__main__":
    sys.exit(main())
