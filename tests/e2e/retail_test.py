"""The main job, end to end: the marts agree with a second route, and with themselves after kill -9 at random moments.

    MILLRACE_BUILD=build/release python3 -m unittest retail_test
"""
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

import demo

HERE = pathlib.Path(__file__).resolve().parent
BUILD = os.environ.get("MILLRACE_BUILD", str(HERE.parents[1] / "build/release"))
DEADLINE = 240


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class House(unittest.TestCase):
    """A retail house with its files; `days` are the runs that load them."""

    def setUp(self):
        self.work = tempfile.mkdtemp(prefix="millrace-retail-")
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.landing = self.work + "/landing"
        self.fill()

    def fill(self):
        subprocess.run([BUILD + "/bin/millrace", "demo-data", "--into", self.work, "--days", "3"], check=True)

    def days(self):
        return demo.days_of(self.landing)

    def server(self, name, **options):
        server = demo.Server(BUILD, f"{self.work}/{name}", str(HERE.parents[1] / "dags/retail"), **options)
        server.start()
        self.addCleanup(server.stop)
        return server

    def start_days(self, server):
        return [demo.start_run(server, "retail_daily", {"day": day, "landing": self.landing}, f"day-{day}") for day in self.days()]

    def finish(self, server, runs):
        end = time.monotonic() + DEADLINE
        for run in runs:
            while (state := server.run_of(run))["state"] not in ("succeeded", "failed", "cancelled"):
                self.assertLess(time.monotonic(), end, f"{run} hangs: " + json.dumps([(t["id"], t["state"], t["why"]) for t in state["tasks"]]))
                time.sleep(0.05)
            self.assertEqual("succeeded", state["state"], self.failures(server, state))

    def failures(self, server, state):
        failed = [t["id"] for t in state["tasks"] if t["state"] == "failed"]
        run = urllib.parse.quote(state["id"], safe="")
        return [(task, [(a["number"], a["state"], a.get("error")) for a in server.call(f"/api/v1/runs/{run}/tasks/{task}")["attempts"]]) for task in failed]

    def marts(self, server):
        run = demo.start_run(server, "retail_report", {"page": self.work + "/page.html"}, "report")
        self.finish(server, [run])
        return next(t["output"]["datasets"] for t in server.run_of(run)["tasks"] if t["id"] == "checksums")

    def rows(self, server):
        """Rows of every dataset: what is loaded twice shows here."""
        return {d["name"]: d["rows"] for d in server.call("/api/v1/datasets")["items"]}

    def plain_run(self, name="plain"):
        server = self.server(name)
        self.finish(server, self.start_days(server))
        return self.marts(server), self.rows(server)

    def agree_with_the_second_route(self, marts):
        told = self.work + "/marts.json"
        pathlib.Path(told).write_text(json.dumps(marts))
        said = subprocess.run([sys.executable, str(HERE / "second_route.py"), self.landing, "--compare", told], capture_output=True, text=True)
        self.assertEqual(0, said.returncode, said.stdout + said.stderr)

    def kill_ten_times(self, longest):
        """Marts and rows after ten kills of the server or a worker, each after at most `longest` seconds."""
        seed = int(os.environ.get("MILLRACE_CHAOS_SEED", time.time()))
        print(f"chaos seed {seed}", flush=True)
        chance = random.Random(seed)
        server = self.server("chaos", http_port=free_port(), rpc_port=free_port())
        runs = self.start_days(server)
        for _ in range(10):
            time.sleep(chance.uniform(0.02, longest))  # the moment is what chance decides; nothing waits for it to be long enough
            facts = json.loads(pathlib.Path(server.home + "/server.json").read_text())
            if chance.choice(["server", "worker"]) == "server":
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait()
                server.process.stdout.close()
                server.start()
            else:
                try:
                    os.kill(chance.choice([p for p in facts["workers"] if p]), signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.finish(server, runs)
        return self.marts(server), self.rows(server)


class Retail(House):
    def test_the_marts_agree_with_the_second_route(self):
        marts, rows = self.plain_run()
        self.agree_with_the_second_route(marts)
        self.assertGreater(rows["quarantine.web_logs"], 0)
        page = pathlib.Path(self.work + "/page.html").read_text()
        self.assertIn("<svg", page)
        self.assertNotIn("http://", page.replace("http://www.w3.org", ""))

    def test_loading_the_same_days_again_adds_nothing(self):
        server = self.server("again")
        self.finish(server, self.start_days(server))
        before = self.rows(server)
        again = [demo.start_run(server, "retail_daily", {"day": day, "landing": self.landing}, f"again-{day}") for day in demo.days_of(self.landing)]
        self.finish(server, again)
        self.assertEqual(before, self.rows(server))

    def test_a_month_by_day_gives_the_same_marts_as_all_at_once(self):
        month = self.work + "/month"
        subprocess.run([BUILD + "/bin/millrace", "demo-data", "--into", month, "--from", "2026-10-01", "--days", "31", "--scale", "0.2"], check=True)
        self.landing = month + "/landing"
        server = self.server("backfill", http_port=free_port(), rpc_port=free_port())
        asked = {"from": "2026-10-01", "to": "2026-10-31", "params": {"landing": self.landing}, "request_id": "october"}
        plan = server.call("/api/v1/dags/retail_backfill/backfills", {**asked, "dry_run": True})
        self.assertEqual(["start"] * 31, [step["act"] for step in plan["steps"]])
        server.call("/api/v1/dags/retail_backfill/backfills", asked)
        self.until(server, lambda now: now["started"] >= 7)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        server.process.stdout.close()
        server.start()
        self.assertEqual(1, server.call("/api/v1/dags/retail_backfill/backfills", asked)["id"], "a repeat gives the first answer")
        self.assertEqual(31, self.until(server, lambda now: now["state"] == "done")["started"])
        runs = server.call("/api/v1/runs?dag=retail_backfill&limit=1000")["items"]
        self.assertEqual(sorted(f"retail_backfill@2026-10-{day:02}" for day in range(1, 32)), sorted(run["id"] for run in runs))
        self.assertEqual({"succeeded"}, {run["state"] for run in runs})
        self.finish(server, [demo.start_run(server, "retail_daily", {"day": "2026-10-31", "landing": self.landing}, "marts")])
        by_day = self.marts(server), self.rows(server)
        at_once = self.server("at-once")
        self.finish(at_once, [demo.start_run(at_once, "retail_daily", {"day": "*", "landing": self.landing}, "all")])
        self.assertEqual((self.marts(at_once), self.rows(at_once)), by_day)

    def until(self, server, reached):
        end = time.monotonic() + DEADLINE
        while not reached(now := server.call("/api/v1/backfills")["items"][0]):
            self.assertLess(time.monotonic(), end, f"the backfill hangs: {now}")
            time.sleep(0.05)
        return now

    def test_ten_kills_at_random_moments_change_nothing(self):
        self.assertEqual(self.plain_run(), self.kill_ten_times(longest=0.6))


class RealRetail(House):
    """The same on real data, the first days of each set; skipped, loudly, where they aren't."""

    def fill(self):
        own = pathlib.Path(os.environ.get("MILLRACE_DEPS", os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")) + "/millrace/deps"), "real/bin/python")
        python = str(own) if own.exists() else sys.executable
        said = subprocess.run([python, str(HERE / "real_data.py"), "--into", self.work, "--days", "12"], capture_output=True, text=True, check=True)
        if said.stderr:
            print(said.stderr.strip(), file=sys.stderr)
        if "SKIPPED" in said.stderr:  # a house without a whole source is no house
            self.skipTest("no real data is here")

    def days(self):
        return ["*"]

    def test_ten_kills_at_random_moments_change_nothing(self):
        plain = self.plain_run()
        self.agree_with_the_second_route(plain[0])
        self.assertEqual(plain, self.kill_ten_times(longest=1.0))


if __name__ == "__main__":
    unittest.main()
