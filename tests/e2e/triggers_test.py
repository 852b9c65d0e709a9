"""Runs that files, snapshots, other runs and webhooks start, with real files and doors, over a server that is killed."""
import os
import unittest

from kit import Case, wait_for

LOAD = """
dag: load
concurrency: {runs: 5}
params: {files: {type: array, default: []}}
triggers:
  - {file: "landing/*.csv", settle: 100ms, debounce: 100ms, params: {files: "{{ .trigger.files }}"}}
tasks:
  write: {uses: sql.query, with: {sql: "select 1 as n", into: raw.numbers}}
"""
REPORT = """
dag: report
concurrency: {runs: 5}
triggers: [{dataset: raw.numbers}]
tasks: {read: {uses: sql.script, with: {sql: "select count(*) as rows from raw.numbers"}}}
"""
AFTER = """
dag: after
concurrency: {runs: 5}
params: {of: {type: string}}
triggers: [{run: report, params: {of: "{{ .trigger.run }}"}}]
tasks: {note: {uses: core.set, with: {of: "{{ .params.of }}"}}}
"""
HOOK = """
dag: hooked
concurrency: {runs: 5}
params: {day: {type: string}}
triggers: [{webhook: {token: !secret hook}}]
tasks: {note: {uses: core.set, with: {day: "{{ .params.day }}"}}}
"""


class Triggers(Case):
    def setUp(self):
        super().setUp()
        for name, text in (("load", LOAD), ("report", REPORT), ("after", AFTER), ("hooked", HOOK)):
            self.write(f"dags/{name}.yaml", text)
        self.write("dags/landing/old.csv", "0\n")
        self.running = self.server()

    def runs(self, dag):
        return [run for run in self.running.get(f"/api/v1/runs?dag={dag}").json["items"]]

    def ended(self, dag, count):
        return wait_for(lambda: (lambda runs: len(runs) == count and all(run["state"] == "succeeded" for run in runs) and runs)(self.runs(dag)), what=f"{count} runs of {dag}")

    def test_a_file_a_snapshot_and_a_run_start_one_run_each_though_the_server_is_killed(self):
        self.running.start()
        # The folder is known once its first look is on record: nothing says so but a file that is new.
        wait_for(lambda: self.runs("load") or self.touch(), deadline=60, what="the first file")
        first = len(self.ended("load", len(self.runs("load"))))
        self.ended("report", first)
        self.assertEqual({run["params"]["of"] for run in self.ended("after", first)}, {run["id"] for run in self.runs("report")})
        self.assertTrue(all("landing/old.csv" not in str(run["params"]["files"]) for run in self.runs("load")))
        self.running.kill()
        self.write("dags/landing/while_away.csv", "2\n")
        self.running.start()
        loads = self.ended("load", first + 1)
        self.assertIn("while_away.csv", str(loads[0]["params"]["files"]))
        self.assertEqual(loads[0]["trigger"], "file landing/*.csv")
        self.ended("report", first + 1)
        self.ended("after", first + 1)

    def touch(self):
        self.write(f"dags/landing/new-{len(os.listdir(self.path('dags/landing')))}.csv", "1\n") if len(os.listdir(self.path("dags/landing"))) < 40 else None

    def test_a_webhook_needs_its_token_and_takes_a_repeat_once(self):
        self.write("home/secrets/hook", "s3cret\n")
        os.chmod(self.path("home/secrets/hook"), 0o600)
        self.running.start()

        def call(dag, token, key=None, body=None):
            headers = {"Authorization": f"Bearer {token}"}
            if key:
                headers["Idempotency-Key"] = key
            return self.running.call("POST", f"/hooks/{dag}", {"day": "monday"} if body is None else body, headers=headers)

        self.assertEqual([call(dag, token).status for dag, token in (("hooked", "wrong"), ("hooked", ""), ("none", "s3cret"), ("load", "s3cret"))], [401] * 4)
        first = call("hooked", "s3cret", "k1")
        self.assertEqual(first.status, 201, first.body)
        self.assertEqual(call("hooked", "s3cret", "k1").json["run"], first.json["run"])
        self.assertEqual(self.running.end_of(first.json["run"])["state"], "succeeded")
        self.assertEqual(self.running.task(first.json["run"], "note")["output"], {"day": "monday"})
        self.assertEqual(call("hooked", "s3cret", body={"day": 5}).status, 400)
        os.chmod(self.path("home/secrets/hook"), 0o644)
        self.assertEqual(call("hooked", "s3cret").status, 401, "a secret that others can read is not used")


if __name__ == "__main__":
    unittest.main()
