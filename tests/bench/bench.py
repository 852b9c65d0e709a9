#!/usr/bin/env python3
"""Measures, and writes JSON lines into bench-results/SUITE.json. Never a test: a number is a fact about a machine, not a verdict.

    bench.py --build DIR [--full] SUITE     engine, workers, data, recipe, quality, demo, or all
    bench.py --build DIR SUITE PART ...     a part of engine, workers, data, recipe or quality alone, for whoever works on it; nothing is written
    bench.py --build DIR [--rows N] [--peers PYTHON] data | recipe | quality

engine    what orchestration costs when the tasks cost nothing (engine_suite.py)
workers   a real server with a real worker on loopback (workers_suite.py)
data      what moving and changing data costs, beside DuckDB and polars (data_suite.py)
recipe    what a recipe of 20 steps costs, beside DuckDB, polars and pandas (recipe_suite.py)
quality   what checks cost, beside a hand-fused plan in DuckDB and Great Expectations (quality_suite.py)
demo      ./dev demo from sources to report

Each line: {"id", "value", "unit", "better", "n", "min", "median", "p95", "version", "machine"}; the value is the median unless the id
says p95. Build the release preset for numbers worth keeping: the line says which build was measured.
"""
import argparse
import functools
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from data_suite import data  # noqa: E402
from engine_suite import engine  # noqa: E402
from quality_suite import quality  # noqa: E402
from recipe_suite import recipe  # noqa: E402
from workers_suite import workers  # noqa: E402


def p95(values):
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def machine(build):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = next(int(line.split()[1]) // 1024 for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    cache = (build / "CMakeCache.txt").read_text()
    kind = next((line.split("=", 1)[1] for line in cache.splitlines() if line.startswith("CMAKE_BUILD_TYPE")), "?")
    return {"cpu": model, "cores": os.cpu_count(), "memory_mb": memory, "kernel": platform.release(), "build": kind, "load": round(os.getloadavg()[0], 1)}


class Results:
    def __init__(self, build):
        self.facts = machine(build)
        self.version = subprocess.run([build / "bin/millrace", "--version"], capture_output=True, text=True).stdout.strip()
        self.lines = []

    def add(self, name, values, unit, better="lower", value=None):
        line = {"id": name, "value": round(statistics.median(values) if value is None else value, 3), "unit": unit, "better": better, "n": len(values),
                "min": round(min(values), 3), "median": round(statistics.median(values), 3), "p95": round(p95(values), 3),
                "version": self.version, "machine": self.facts}
        self.lines.append(line)
        print(f"  {name:<34} {line['value']:>14,.3f} {unit:<8} n {len(values)}, min {line['min']:,}, p95 {line['p95']:,}", flush=True)

    def save(self, suite):
        folder = ROOT / "bench-results"
        folder.mkdir(exist_ok=True)
        (folder / f"{suite}.json").write_text("".join(json.dumps(line) + "\n" for line in self.lines))


def demo(build, results, full):
    times = []
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as work:
        for i in range(3):
            out = os.path.join(work, f"{i}.json")
            subprocess.run([sys.executable, ROOT / "tests/e2e/demo.py", "--build", build, "--json", out], check=True, stdout=subprocess.DEVNULL)
            times.append(json.loads(pathlib.Path(out).read_text())["seconds"])
    results.add("demo.seconds", times, "s")


SUITES = {"engine": engine, "workers": workers, "data": data, "recipe": recipe, "quality": quality, "demo": demo}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--full", action="store_true", help="idle for ten minutes, not one")
    parser.add_argument("--rows", type=int, default=10_000_000, help="of the suites data, recipe and quality")
    parser.add_argument("--peers", default=sys.executable, help="a Python that has the packages to compare with: duckdb, polars, pandas, great_expectations")
    parser.add_argument("suite", nargs="?", default="all", choices=[*SUITES, "all"])
    parser.add_argument("parts", nargs="*")
    options = parser.parse_args()
    build = options.build.resolve()
    suites = {**SUITES, **{name: functools.partial(SUITES[name], rows=options.rows, python=options.peers) for name in ("data", "recipe", "quality")}}
    for name in SUITES if options.suite == "all" else [options.suite]:
        print(f"{name}:", flush=True)
        results = Results(build)
        if options.parts:
            suites[name](build, results, options.full, options.parts)
        else:
            suites[name](build, results, options.full)
            results.save(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
