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


class Retail(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.mkdtemp(prefix="millrace-retail-")
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        subprocess.run([BUILD + "/bin/millrace", "demo-data", "--into", self.work, "--days", "3"], check=True)
        self.landing = self.work + "/landing"

    def server(self, name, **options):
        server = demo.Server(BUILD, f"{self.work}/{name}", str(HERE.parents[1] / "dags/retail"), **options)
        server.start()
        self.addCleanup(server.stop)
        return server

    def start_days(self, server):
        return [demo.start_run(server, "retail_daily", {"day": day, "landing": self.landing}, f"day-{day}") for day in demo.days_of(self.landing)]

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

    def test_the_marts_agree_with_the_second_route(self):
        marts, rows = self.plain_run()
        told = self.work + "/marts.json"
        pathlib.Path(told).write_text(json.dumps(marts))
        said = subprocess.run([sys.executable, str(HERE / "second_route.py"), self.landing, "--compare", told], capture_output=True, text=True)
        self.assertEqual(0, said.returncode, said.stdout + said.stderr)
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
        expected_marts, expected_rows = self.plain_run()
        seed = int(os.environ.get("MILLRACE_CHAOS_SEED", time.time()))
        print(f"chaos seed {seed}", flush=True)
        chance = random.Random(seed)
        ports = {"http_port": free_port(), "rpc_port": free_port()}
        server = self.server("chaos", **ports)
        runs = self.start_days(server)
        for kill in range(10):
            time.sleep(chance.uniform(0.02, 0.6))  # the moment is what chance decides; nothing waits for it to be long enough
            victim = chance.choice(["server", "worker"])
            facts = json.loads(pathlib.Path(server.home + "/server.json").read_text())
            if victim == "server":
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait()
                server.process.stdout.close()
                server.start()
            else:
                pid = chance.choice([p for p in facts["workers"] if p])
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.finish(server, runs)
        self.assertEqual(expected_marts, self.marts(server))
        self.assertEqual(expected_rows, self.rows(server))


if __name__ == "__main__":
    unittest.main()
