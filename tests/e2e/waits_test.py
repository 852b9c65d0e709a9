"""Tasks that wait without a worker, over real doors: approvals, callbacks, runs of other Dags, and expressions that never end."""
import datetime
import json
import unittest

from kit import Case, program, wait_for

ASK = """
dag: ask
tasks:
  ok: {uses: core.approval, with: {prompt: "Publish?", form: {copies: {type: integer}}}}
  outside: {uses: core.callback}
  publish: {uses: core.set, needs: [ok, outside], with: {copies: "{{ .tasks.ok.output.form.copies * 2 }}", key: "{{ .tasks.outside.output.key }}"}}
"""


class Waits(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/ask.yaml", ASK)
        self.running = self.server()

    def state(self, run, task):
        return self.running.task(run, task)["state"]

    def test_an_approval_and_a_callback_outlive_a_killed_server(self):
        self.running.start()
        run = self.running.begin("ask")
        wait_for(lambda: self.state(run, "ok") == self.state(run, "outside") == "asleep", what="both waits")
        self.running.kill()
        self.running.start()
        self.assertIn("waits for an approval", self.running.task(run, "ok")["why"])
        refused = self.running.post(f"/api/v1/runs/{run}/tasks/ok/approve", {"form": {"copies": "many"}})
        self.assertEqual((refused.status, refused.json["code"]), (400, "E2004"))
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/tasks/ok/approve", {"form": {"copies": 3}, "by": "ada"}).status, 200)
        code, _, said = program("runs", "complete", "--server", self.running.facts["rpc"], run, "outside", "--output", "key=k-7")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "publish")["output"], {"copies": 6, "key": "k-7"})
        again = self.running.post(f"/api/v1/runs/{run}/tasks/ok/approve", {"form": {"copies": 3}})
        self.assertEqual((again.status, again.json["code"]), (409, "E2015"))

    def test_an_expression_that_never_ends_or_eats_memory_fails_its_task_only(self):
        self.write("dags/endless.yaml", 'dag: endless\ntasks:\n  time: {uses: core.noop, if: "{{ last(range(1e18)) > 0 }}"}\n'
                                        '  memory: {uses: core.noop, if: "{{ [range(1e9)] | length > 0 }}"}\n  fine: {uses: core.set, with: {n: "{{ 1 + 1 }}"}}\n')
        self.running.start()
        run = self.running.begin("endless")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        self.assertEqual(self.state(run, "time"), "failed")
        self.assertEqual(self.state(run, "memory"), "failed")
        self.assertEqual(self.running.task(run, "fine")["output"], {"n": 2})
        self.assertEqual(self.running.get("/healthz").status, 200)

    def test_a_run_of_another_dag_outlives_a_killed_server_and_a_cancel_reaches_it(self):
        self.write("dags/outer.yaml", "dag: outer\ntasks:\n  sub: {uses: core.run, with: {dag: ask}}\n")
        self.running.start()
        run = self.running.begin("outer")
        wait_for(lambda: self.state(run, "sub") == "asleep", what="the child run")
        child = self.running.task(run, "sub")["output"]["run"]
        wait_for(lambda: self.state(child, "ok") == "asleep", what="the child's approval")
        self.running.kill()
        self.running.start()
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/cancel", {"reason": "a test"}).status, 200)
        self.assertEqual(self.running.end_of(run)["state"], "cancelled")
        self.assertEqual(self.running.end_of(child)["state"], "cancelled")

    def test_ticks_start_once_and_none_is_left_out_over_a_killed_server(self):
        self.write("dags/tick.yaml", 'dag: tick\nschedule: {cron: "* * * * * *", catchup: all}\nconcurrency: {runs: 4}\ntasks:\n  a: {uses: core.noop}\n')
        self.running.start()

        def ticks():
            return [run["logical_time"] for run in self.running.get("/api/v1/runs?dag=tick&limit=1000").json["items"]]

        wait_for(lambda: len(ticks()) >= 3, what="three ticks")
        self.running.kill()
        self.running.start()
        before = len(ticks())
        wait_for(lambda: len(ticks()) >= before + 2, what="two more ticks")
        seconds = sorted(datetime.datetime.fromisoformat(tick.replace("Z", "+00:00")).timestamp() for tick in ticks())
        self.assertEqual([a + 1 for a in seconds[:-1]], seconds[1:], "no tick twice, and none left out while the server was away")
        self.assertIn("tick", [dag["name"] for dag in self.running.get("/api/v1/dags").json["items"] if dag["next_run"]])

    def test_a_run_is_replayed_on_a_mended_version(self):
        self.write("dags/mend.yaml", "dag: mend\ntasks:\n  load: {uses: core.set, with: {rows: 7}}\n  check: {uses: shell.run, needs: [load], with: {run: exit 3}}\n")
        self.running.start()
        run = self.running.begin("mend")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        self.write("dags/mend.yaml", "dag: mend\ntasks:\n  load: {uses: core.fail, with: {message: not again}}\n"
                                     "  check: {uses: core.set, needs: [load], with: {rows: \"{{ .tasks.load.output.rows }}\"}}\n")
        wait_for(lambda: "core.fail" in self.running.get("/api/v1/dags/mend").json["source"], what="the new version")
        code, made, said = program("runs", "replay", "--server", self.running.facts["rpc"], run)
        self.assertEqual(code, 0, said)
        self.assertEqual(self.running.end_of(made.strip())["state"], "succeeded")
        self.assertEqual(self.running.task(made.strip(), "check")["output"], {"rows": 7})
        answer = self.running.post(f"/api/v1/runs/{run}/replay", {"from": "check", "version": "same"})
        self.assertEqual((answer.status, answer.json["trigger"]), (201, f"replay of {run}"))
        self.assertEqual(self.running.end_of(answer.json["id"])["state"], "failed")

    def test_a_task_is_cleared_and_marked_over_rest_and_the_command_line(self):
        self.dag("two", {"first": f"echo x >> {self.path('first')}; test -e {self.path('mended')}", "second": (f"echo x >> {self.path('second')}", ["first"])})
        self.running.start()
        run = self.running.begin("two")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        code, _, said = program("runs", "mark", "--server", self.running.facts["rpc"], run, "first", "succeeded", "--reason", "loaded by hand")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual((len(self.lines("first")), len(self.lines("second"))), (1, 1))
        self.touch("mended")
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/tasks/first/clear").status, 200)
        wait_for(lambda: len(self.lines("second")) == 2, what="the second time")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(len(self.lines("first")), 2)
        refused = self.running.post(f"/api/v1/runs/{run}/tasks/first/mark", {"state": "running"})
        self.assertEqual((refused.status, refused.json["code"]), (409, "E2003"))

    def test_why_a_task_was_skipped_is_told_by_the_command_line(self):
        self.write("dags/skip.yaml", 'dag: skip\ntasks:\n  no: {uses: core.noop, if: "{{ false }}"}\n  after: {uses: core.noop, needs: [no]}\n')
        self.running.start()
        run = self.running.begin("skip")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        _, said, _ = program("runs", "show", "--server", self.running.facts["rpc"], run, "--json")
        shown = json.loads(said)
        why = {task["id"]: task["why"] for task in shown["tasks"]}
        self.assertIn("its condition {{ false }} was false", why["no"])
        self.assertIn("no ended skipped", why["after"])


if __name__ == "__main__":
    unittest.main()
