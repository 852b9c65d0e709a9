#!/usr/bin/env python3
"""./dev demo: three days of a retail house through the real scheduler, workers, plugins and store.

    demo.py --build build/release [--real] [--keep] [--scale X] [--days N] [--json FILE] [--home DIR]

Starts a server and two workers on free ports, makes (or lays out) the sources, runs retail_daily for each day and retail_report,
and prints the marts, what was quarantined and why, and where the page is. Exit 0 only if every run succeeded and the counts add up.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ["orders", "order_lines", "customers", "web_logs", "reviews", "searches", "metrics", "inventory", "products", "promotions"]


def say(text=""):
    print(text, flush=True)


class Server:
    """A `millrace serve` with its workers; found again after a kill by its home."""

    def __init__(self, build, home, dags, workers=2, slots=2, http_port=0, rpc_port=0, words=()):
        self.ports, self.words = [str(http_port), str(rpc_port)], list(words)
        self.program = str(pathlib.Path(build).resolve() / "bin" / "millrace")
        self.home, self.dags, self.workers, self.slots = home, dags, workers, slots
        self.process = None
        self.facts = {}

    def start(self):
        facts = pathlib.Path(self.home) / "server.json"
        facts.unlink(missing_ok=True)
        pathlib.Path(self.home).mkdir(parents=True, exist_ok=True)
        log = open(pathlib.Path(self.home) / "server.log", "ab")
        self.process = subprocess.Popen(
            [self.program, "serve", "--home", self.home, "--dags", self.dags, "--http-port", self.ports[0], "--rpc-port", self.ports[1],
             "--workers", str(self.workers), "--slots", str(self.slots), *self.words], stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        log.close()
        line = self.process.stdout.readline().decode()
        if "is ready" not in line:
            raise SystemExit(f"the server did not start; see {self.home}/server.log\n" + (pathlib.Path(self.home) / "server.log").read_text()[-2000:])
        self.facts = json.loads(facts.read_text())

    @property
    def url(self):
        return self.facts["http"]

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def run_of(self, run):
        return self.call("/api/v1/runs/" + urllib.parse.quote(run, safe=""))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)


def bar(done, total, width=28):
    filled = width * done // max(total, 1)
    return "█" * filled + "░" * (width - filled)


def follow(server, run, label):
    """Until the run is final; a bar that moves on a terminal, one line otherwise."""
    live = sys.stdout.isatty()
    while True:
        state = server.run_of(run)
        final = state["state"] in ("succeeded", "failed", "cancelled")
        total, done = len(state["tasks"]), sum(t["state"] in ("succeeded", "failed", "skipped", "upstream_failed", "cancelled", "timed_out") for t in state["tasks"])
        if live or final:
            print(("\r" if live else "") + f"  {label:<26} {bar(done, total)} {done:>2}/{total} {state['state']:<10}", end="\n" if final else "", flush=True)
        if final:
            return state
        time.sleep(0.05)


def start_run(server, dag, params, request_id):
    run = server.call(f"/api/v1/dags/{dag}/runs", {"params": params, "request_id": request_id, "trigger": "demo"})
    return run["id"]


def explain_failure(state):
    for task in state["tasks"]:
        if task["state"] in ("failed", "timed_out"):
            say(f"    {task['id']}: {task['why']}")


def days_of(landing):
    return sorted(p.name for p in (pathlib.Path(landing) / "orders").iterdir() if p.is_dir())


def make_sources(options, into):
    if options.real:
        command = [options.python or sys.executable, str(ROOT / "tests/e2e/real_data.py"), "--into", into]
        if options.days:
            command += ["--days", str(options.days)]
        subprocess.run(command, check=True)
    else:
        subprocess.run([str(pathlib.Path(options.build) / "bin/millrace"), "demo-data", "--into", into, "--days", str(options.days or 3),
                        "--scale", str(options.scale)], check=True)
    landing = os.path.join(into, "landing")
    if options.postgres:
        fill_postgres(options.postgres, os.path.join(landing, "customers.db"))
    return landing


def fill_postgres(dsn, customers):
    """The same customers in a PostgreSQL table, by psql."""
    base = sqlite3.connect(customers)
    columns = [(name, "bigint" if kind == "integer" else "text") for _, name, kind, *_ in base.execute("pragma table_info(customers)")]
    escape = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
    rows = ["\t".join("\\N" if value is None else str(value).translate(escape) for value in row) + "\n" for row in base.execute("select * from customers")]
    base.close()
    script = (f"drop table if exists customers; create table customers ({', '.join(' '.join(column) for column in columns)});\n"
              "copy customers from stdin;\n" + "".join(rows) + "\\.\n")
    subprocess.run(["psql", "-v", "ON_ERROR_STOP=1", "-q", dsn], input=script, text=True, check=True, stdout=subprocess.DEVNULL)


def add_up(totals, state):
    """Rows of each source, over the runs; reasons of rejects over all tasks of this run."""
    for task in state["tasks"]:
        output = task["output"] or {}
        if task["id"] in SOURCES:
            source = totals.setdefault(task["id"], {"name": task["id"], "rows_read": 0, "rows_loaded": 0, "rows_quarantined": 0})
            source["rows_read"] += output.get("rows_in", 0)
            source["rows_loaded"] += output.get("rows_out", 0)
            source["rows_quarantined"] += output.get("rows_rejected", 0)


def print_headlines(row):
    """The first rows of each mart, one line each."""
    for mart, told in sorted(row.items()):
        say(f"\n  {mart}")
        for line in json.loads(told or "[]"):
            say("    " + "  ".join(f"{key} {value:,}" if isinstance(value, int) and not isinstance(value, bool) and key not in ("customer_id",) else f"{key} {value}" for key, value in line.items()))


def print_tables(sources, marts, reasons):
    say("\n  source             rows read       loaded  quarantined")
    for source in sources:
        say(f"  {source['name']:<16} {source['rows_read']:>11,} {source['rows_loaded']:>12,} {source['rows_quarantined']:>12,}")
    say("\n  quarantined, and why")
    for (task, reason), rows in sorted(reasons.items(), key=lambda item: -item[1]):
        say(f"  {rows:>7,}  {task:<18} {reason}")
    say("\n  mart                          rows  checksum")
    for mart in marts:
        say(f"  {mart['name']:<24} {mart['rows']:>9,}  {mart['checksum'][:16]}")


def demo(options, work):
    began = time.monotonic()
    landing = make_sources(options, work)
    home = options.home or os.path.join(work, "home")
    server = Server(options.build, home, str(ROOT / "dags/retail"))
    server.start()
    failed = False
    try:
        say(f"  the page: {server.url}")
        totals, reasons = {}, {}
        # Real data spans years: one run takes every day that has arrived. A made-up house is run day by day.
        for day in ["*"] if options.real else days_of(landing):
            params = {"day": day, "landing": landing}
            if options.postgres:
                params["customers"] = {"type": "postgres", "dsn": options.postgres}
            run = start_run(server, "retail_daily", params, f"demo-{day}")
            state = follow(server, run, f"retail_daily {day}")
            failed |= state["state"] != "succeeded"
            explain_failure(state)
            add_up(totals, state)
            for task in state["tasks"]:
                per_run = (task["output"] or {}).get("reject_reasons", {})
                for reason, rows in per_run.items():
                    key = (task["id"], reason)
                    # Sources add up over the days; clean datasets are made anew each day, so the last day counts.
                    reasons[key] = reasons.get(key, 0) + rows if task["id"] in SOURCES else rows
        page = os.path.join(work, "retail.html")
        state = follow(server, start_run(server, "retail_report", {"page": page}, "demo-report"), "retail_report")
        failed |= state["state"] != "succeeded"
        explain_failure(state)
        marts = next((t["output"]["datasets"] for t in state["tasks"] if t["id"] == "checksums" and t["state"] == "succeeded"), [])
        sources = [totals[name] for name in SOURCES if name in totals]
        print_headlines(next((t["output"]["row"] for t in state["tasks"] if t["id"] == "headlines" and t["state"] == "succeeded"), {}))
        print_tables(sources, marts, reasons)
        uneven = [s["name"] for s in sources if s["rows_read"] != s["rows_loaded"] + s["rows_quarantined"]]
        if uneven:
            say(f"\n  the counts do NOT add up for {', '.join(uneven)}")
        seconds = time.monotonic() - began
        say(f"\n  {seconds:.1f} s, rows read = loaded + quarantined for every source: {'no' if uneven else 'yes'}")
        say(f"  report: {page}" + ("" if options.keep else " (removed with everything else when this ends; --keep keeps it)"))
        if options.json:
            result = {"seconds": round(seconds, 2), "ui": server.url, "sources": sources, "marts": marts}
            pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n")
        if options.keep:
            say(f"  the server goes on at {server.url} (process {server.facts['pid']}, home {home}); end it by: kill {server.facts['pid']}")
        return 1 if failed or uneven or not marts else 0
    finally:
        if not options.keep:
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--real", action="store_true", help="real public data instead of made-up sources")
    parser.add_argument("--keep", action="store_true", help="leave the server running, and its files where they are")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is about 1 MB for three days")
    parser.add_argument("--days", type=int, default=0)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--home", help="home of the server; a temporary one when left out")
    parser.add_argument("--postgres", metavar="DSN", default=os.environ.get("MILLRACE_DEMO_POSTGRES"), help="a PostgreSQL database for the customers (its table `customers` is replaced); SQLite when left out")
    parser.add_argument("--python", help="the Python that has the packages of --real")
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="millrace-demo-")
    try:
        return demo(options, work)
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
