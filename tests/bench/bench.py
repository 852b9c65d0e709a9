#!/usr/bin/env python3
"""Measures, and writes JSON lines into bench-results/SUITE.json. Never a test: a number is a fact about a machine, not a verdict.

    bench.py --build DIR [--full] SUITE     engine, workers, demo, or all
    bench.py --build DIR engine PART ...    a part of it alone, for whoever works on it; nothing is written

engine    what orchestration costs when the tasks cost nothing (engine_suite.py)
workers   a real server with a real worker on loopback, shell.run; one request at a time over REST
demo      ./dev demo from sources to report

Each line: {"id", "value", "unit", "better", "n", "min", "median", "p95", "version", "machine"}; the value is the median unless the id
says p95. Build the release preset for numbers worth keeping: the line says which build was measured.
"""
import argparse
import http.client
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from engine_suite import engine  # noqa: E402
FINAL = ("succeeded", "failed", "cancelled")
SEQ3 = "dag: seq3\ntasks:\n  a: {uses: shell.run, with: {run: ':'}}\n" \
       "  b: {uses: shell.run, needs: [a], with: {run: ':'}}\n  c: {uses: shell.run, needs: [b], with: {run: ':'}}\n"


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


class Rest:
    """One kept connection: what is measured is the server, not the handshake."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlparse(url).netloc, timeout=60)

    def call(self, path, body=None):
        self.connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        result = json.loads(answer.read())
        if answer.status >= 400:
            raise SystemExit(f"{path}: {result['detail']}")
        return result

    def finish(self, run):
        while True:
            state = self.call("/api/v1/runs/" + urllib.parse.quote(run, safe=""))
            if state["state"] in FINAL:
                if state["state"] != "succeeded":
                    raise SystemExit(f"run {run} is {state['state']}; nothing was measured")
                return state
            time.sleep(0.001)


def chain(count):
    lines = ["dag: true_chain", "tasks:"]
    for i in range(count):
        needs = f", needs: [t{i - 1}]" if i else ""
        lines.append(f"  t{i}: {{uses: shell.run{needs}, with: {{run: /bin/true}}}}")
    return "\n".join(lines) + "\n"


def ninja_ms(folder, count):
    """The same work by ninja, or None where there is none."""
    if not shutil.which("ninja"):
        return None
    rules = ["rule true", "  command = /bin/true"] + [f"build o{i}: true" + (f" o{i - 1}" if i else "") for i in range(count)]
    path = pathlib.Path(folder) / "build.ninja"
    path.write_text("\n".join(rules) + "\n")
    times = []
    for _ in range(5):
        began = time.monotonic()
        subprocess.run(["ninja", "-f", str(path), "-C", folder, "-j1", "--quiet", f"o{count - 1}"], check=True, stdout=subprocess.DEVNULL)
        times.append((time.monotonic() - began) * 1000 / count)
    return statistics.median(times)


def workers(build, results, full):
    from demo import Server
    count = 200
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as work:
        dags = pathlib.Path(work) / "dags"
        dags.mkdir()
        (dags / "seq3.yaml").write_text(SEQ3)
        (dags / "true_chain.yaml").write_text(chain(count))
        cold = time.monotonic()
        server = Server(str(build), os.path.join(work, "home"), str(dags), workers=1, slots=2)
        server.start()
        try:
            rest = Rest(server.url)
            rest.finish(rest.call("/api/v1/dags/seq3/runs", {})["id"])
            results.add("workers.cold_s", [time.monotonic() - cold], "s")
            times = []
            for _ in range(60):
                began = time.monotonic()
                rest.finish(rest.call("/api/v1/dags/seq3/runs", {})["id"])
                times.append((time.monotonic() - began) * 1000)
            # Tasks here are shells that do nothing, started over REST: more work than a no-op operator over gRPC, so another id.
            results.add("workers.seq3_shell_p50_ms", times, "ms")
            results.add("workers.seq3_shell_p95_ms", times, "ms", value=p95(times))
            per_task = []
            for _ in range(3):
                began = time.monotonic()
                rest.finish(rest.call("/api/v1/dags/true_chain/runs", {})["id"])
                per_task.append((time.monotonic() - began) * 1000 / count)
            results.add("workers.true200_ms", per_task, "ms/task")
            floor = ninja_ms(work, count)
            if floor is None:
                print("  workers.true200_overhead_ms: not measured, ninja is not here", flush=True)
            else:
                results.add("workers.true200_ninja_ms", [floor], "ms/task")
                results.add("workers.true200_overhead_ms", [value - floor for value in per_task], "ms/task")
        finally:
            server.stop()


def demo(build, results, full):
    times = []
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as work:
        for i in range(3):
            out = os.path.join(work, f"{i}.json")
            subprocess.run([sys.executable, ROOT / "tests/e2e/demo.py", "--build", build, "--json", out], check=True, stdout=subprocess.DEVNULL)
            times.append(json.loads(pathlib.Path(out).read_text())["seconds"])
    results.add("demo.seconds", times, "s")


SUITES = {"engine": engine, "workers": workers, "demo": demo}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--full", action="store_true", help="idle for ten minutes, not one")
    parser.add_argument("suite", nargs="?", default="all", choices=[*SUITES, "all"])
    parser.add_argument("parts", nargs="*")
    options = parser.parse_args()
    build = options.build.resolve()
    for name in SUITES if options.suite == "all" else [options.suite]:
        print(f"{name}:", flush=True)
        results = Results(build)
        if options.parts:
            engine(build, results, options.full, options.parts)
        else:
            SUITES[name](build, results, options.full)
            results.save(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
