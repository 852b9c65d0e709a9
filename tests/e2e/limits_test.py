"""Limits that somebody set: pools over Dags, times that a task may take, retries by exit code, over real workers and doors."""
import datetime
import http.server
import threading
import unittest

from kit import Case, program, wait_for

DAG = """
dag: limited
concurrency: {runs: 4, tasks: 16}
tasks:
  each: {uses: shell.run, foreach: 6, pool: warehouse, with: {run: "echo $(date +%s%N) begin; sleep 0.2; echo $(date +%s%N) end"}}
"""
LATE = """
dag: late
tasks:
  endless: {uses: shell.run, timeout: {total: 1s}, retry: {attempts: 5, delay: 100ms}, with: {run: "sleep 60"}}
  silent: {uses: shell.run, timeout: {heartbeat: 1s}, with: {run: "sleep 60"}}
  nowhere: {uses: shell.run, timeout: {queue: 1s}, runs_on: {labels: [gpu]}, with: {run: "true"}}
"""
CODES = """
dag: codes
params: {code: {type: integer}}
tasks:
  load: {uses: shell.run, retry: [{exit_codes: [75], attempts: 3, delay: 10ms}], with: {run: "exit {{ .params.code }}"}}
"""

PATIENT = """
dag: patient
tasks:
  ask: {uses: http.request, retry: {attempts: 2, delay: 1ms, jitter: none}, with: {url: "http://127.0.0.1:PORT/", patience: 0}}
"""


class Busy(http.server.BaseHTTPRequestHandler):
    """Not now, and then yes."""

    asked = 0

    def do_GET(self):
        Busy.asked += 1
        self.send_response(429 if Busy.asked == 1 else 200)
        self.send_header("Retry-After", "2")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Limits(Case):
    def setUp(self):
        super().setUp()
        for name, text in (("limited", DAG), ("late", LATE), ("codes", CODES), ("pools", "pools: {warehouse: {slots: 2, description: Two at once.}}\n")):
            self.write(f"dags/{name}.yaml", text)
        self.running = self.server("--slots", "8")
        self.running.start()

    def most_at_once(self, runs):
        """From what the attempts wrote: how many were at work in the same moment."""
        events = []
        for run in runs:
            for number in range(6):
                lines = self.running.get(f"/api/v1/runs/{run}/tasks/each[{number}]/attempts/1/log").json["lines"]
                for line in lines:
                    time, _, what = line["text"].partition(" ")
                    if what in ("begin", "end"):
                        events.append((int(time), 1 if what == "begin" else -1))
        self.assertEqual(len(events), 12 * len(runs))
        most = now = 0
        for _, step in sorted(events):
            now += step
            most = max(most, now)
        return most

    def test_a_pool_holds_over_runs_and_is_set_by_hand(self):
        runs = [self.running.begin("limited"), self.running.begin("limited")]
        for run in runs:
            self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.most_at_once(runs), 2)
        code, out, said = program("pools", "set", "--server", self.running.facts["rpc"], "warehouse", "--slots", "0")
        self.assertEqual(code, 0, said)
        run = self.running.begin("limited")
        wait_for(lambda: "pool warehouse is full (0 of 0 in use)" in self.running.task(run, "each[0]")["why"], what="the reason")
        self.running.kill()
        self.running.start()
        self.assertEqual(self.running.get("/api/v1/pools").json["items"][0]["by_hand"], True)
        self.assertEqual(self.running.post("/api/v1/pools/warehouse", {"reset": True}).json["slots"], 2)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual((self.running.post("/api/v1/pools/lake", {"slots": 1}).status, self.running.post("/api/v1/pools/warehouse", {"slots": -1}).status), (404, 400))
        code, out, said = program("pools", "list", "--server", self.running.facts["rpc"])
        self.assertEqual(code, 0, said)
        self.assertIn("Two at once.", out)

    def test_each_limit_ends_its_task_in_a_state_that_names_it(self):
        run = self.running.begin("late")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        whys = {task: self.running.task(run, task) for task in ("endless", "silent", "nowhere")}
        self.assertEqual({task["state"] for task in whys.values()}, {"timed_out"})
        self.assertIn("the whole task took longer than 1s", whys["endless"]["why"])
        self.assertIn("gave no sign of life for 1s", whys["silent"]["why"])
        self.assertIn("waited longer than 1s for a slot", whys["nowhere"]["why"])

    def test_an_attempt_out_of_time_may_clean_up_before_it_is_killed(self):
        self.dag("tidy", {"a": (f"trap 'echo cleaned > {self.path('cleaned')}; exit 1' TERM\nsleep 60 &\nwait", [], "    timeout: 1s\n    retry: {attempts: 1}\n")})
        wait_for(lambda: "tidy" in [dag["name"] for dag in self.running.get("/api/v1/dags").json["items"]], what="the Dag")
        run = self.running.begin("tidy")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        task = self.running.task(run, "a")
        self.assertEqual((task["state"], task["attempts"][0]["state"]), ("timed_out", "timed_out"))
        self.assertIn("attempt 1 ran longer than 1s", task["why"])
        self.assertEqual(self.lines("cleaned"), ["cleaned"])

    def test_only_the_exit_codes_that_are_listed_are_tried_again(self):
        for given, attempts in ((75, 3), (4, 1)):
            run = self.running.begin("codes", params={"code": given})
            self.assertEqual(self.running.end_of(run)["state"], "failed")
            self.assertEqual(len(self.running.task(run, "load")["attempts"]), attempts)


    def test_a_server_that_asks_for_patience_gets_it(self):
        busy = http.server.HTTPServer(("127.0.0.1", 0), Busy)
        thread = threading.Thread(target=busy.serve_forever)
        thread.start()
        self.addCleanup(lambda: (busy.shutdown(), thread.join(), busy.server_close()))
        self.write("dags/patient.yaml", PATIENT.replace("PORT", str(busy.server_port)))
        wait_for(lambda: "patient" in [dag["name"] for dag in self.running.get("/api/v1/dags").json["items"]], what="the Dag")
        run = self.running.begin("patient")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        first, second = sorted(self.running.task(run, "ask")["attempts"], key=lambda attempt: attempt["number"])
        waited = datetime.datetime.fromisoformat(second["started"]) - datetime.datetime.fromisoformat(first["finished"])
        self.assertGreaterEqual(waited, datetime.timedelta(seconds=1.9))


if __name__ == "__main__":
    unittest.main()
