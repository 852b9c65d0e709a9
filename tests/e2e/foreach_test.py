"""foreach with real workers: many items, a look at each, limits while it runs, and a server that is killed in the middle."""
import unittest

from kit import Case, program, wait_for

MANY = """
dag: many
concurrency: {tasks: 8}
params: {n: {type: integer, default: 200}}
tasks:
  each:
    uses: shell.run
    foreach: "{{ .params.n }}"
    max_parallel: 4
    tolerate: {failures: 1%}
    retry: {attempts: 1}
    with: {run: "echo item {{ .item }}; test {{ .item }} -ne 7"}
  count: {uses: core.set, needs: [each], with: {failed: "{{ .tasks.each.output.failed }}", of: "{{ .tasks.each.output.results | length }}"}}
"""

GATED = """
dag: gated
tasks:
  ask: {uses: core.callback, foreach: [a, b, c], max_parallel: 1}
"""

ROWS = """
dag: rows
concurrency: {tasks: 8}
params: {n: {type: integer, default: 20000}}
tasks:
  make: {uses: sql.query, with: {into: raw.numbers, sql: "select n as id, 'name ' || n as name from range({{ .params.n }}) t(n)"}}
  each:
    uses: shell.run
    needs: [make]
    foreach: {dataset: raw.numbers, columns: [id], batch: 500}
    max_parallel: 4
    with: {run: "echo {{ .item | length }} from {{ .item[0].id }}; test {{ .index }} -ge 0"}
  shops:
    uses: core.set
    needs: [make]
    if: "{{ .params.n > 0 }}"
    foreach: {file: shops.csv}
    with: {name: "{{ .item.name }}"}
"""


class Foreach(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/many.yaml", MANY)
        self.write("dags/gated.yaml", GATED)
        self.running = self.server("--slots", "4")

    def items(self, run, task, **query):
        words = "&".join(f"{name}={value}" for name, value in query.items())
        return self.running.get(f"/api/v1/runs/{run}/tasks/{task}/items?{words}").json

    def said(self, run, item):
        """The lines of an item's latest attempt."""
        attempt = self.running.task(run, item)["attempt"]
        return [line["text"] for line in self.running.get(f"/api/v1/runs/{run}/tasks/{item}/attempts/{attempt}/log").json["lines"]]

    def test_every_item_runs_once_though_the_server_is_killed_and_each_can_be_looked_at(self):
        self.running.start()
        run = self.running.begin("many")
        wait_for(lambda: len(self.items(run, "each", state="succeeded", limit=1000)["items"]) > 40, what="a part of the items")
        self.running.kill()
        self.running.start()
        self.assertEqual(self.running.end_of(run, deadline=120)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "count")["output"], {"failed": 1, "of": 200})
        page = self.items(run, "each", limit=150)
        self.assertEqual((len(page["items"]), page["next"]), (150, "149"))
        rest = self.items(run, "each", limit=150, after=page["next"])
        self.assertEqual((rest["items"][0]["id"], len(rest["items"]), rest["next"]), ("each[150]", 50, None))
        failed = self.items(run, "each", state="failed")["items"]
        self.assertEqual([item["id"] for item in failed], ["each[7]"])
        seven = self.running.task(run, "each[7]")
        self.assertEqual(seven["attempts"][-1]["state"], "failed")
        self.assertIn("item 9", self.said(run, "each[9]"))
        code, out, said = program("runs", "items", "--server", self.running.facts["rpc"], run, "each", "--state", "failed")
        self.assertEqual(code, 0, said)
        self.assertIn("each[7]", out)

    def test_limits_change_while_items_wait(self):
        self.running.start()
        run = self.running.begin("gated")
        wait_for(lambda: len(self.items(run, "ask", state="asleep")["items"]) == 1, what="the first item")
        self.assertIn("at most 1", self.running.task(run, "ask")["why"])
        code, _, said = program("runs", "limits", "--server", self.running.facts["rpc"], run, "ask", "--max-parallel", "3", "--tolerate", "1")
        self.assertEqual(code, 0, said)
        wait_for(lambda: len(self.items(run, "ask", state="asleep")["items"]) == 3, what="all items")
        refused = self.running.post(f"/api/v1/runs/{run}/tasks/ask/limits", {"tolerate": "some"})
        self.assertEqual((refused.status, refused.json["code"]), (400, "E2004"))
        for item, good in (("ask[2]", True), ("ask[0]", False), ("ask[1]", True)):
            self.assertEqual(self.running.post(f"/api/v1/runs/{run}/tasks/{item}/complete", {"succeeded": good, "output": {"n": 1}}).status, 200)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "ask")["output"]["failed"], 1)
        refused = self.running.post(f"/api/v1/runs/{run}/tasks/ask/limits", {"max_parallel": 2})
        self.assertEqual((refused.status, refused.json["code"]), (409, "E2003"))

    def test_rows_of_a_dataset_come_in_batches_and_those_of_a_file_one_by_one(self):
        self.write("dags/rows.yaml", ROWS)
        self.write("dags/shops.csv", "name,town\nCorner,Köln\n\"Two, three\",Bonn\n")
        self.running.start()
        run = self.running.begin("rows")
        wait_for(lambda: len(self.items(run, "each", state="succeeded", limit=1000)["items"]) > 5, what="a part of the items")
        self.running.kill()
        self.running.start()
        self.assertEqual(self.running.end_of(run, deadline=120)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "each:rows")["output"]["rows"], 20000)
        each = self.running.task(run, "each")["output"]
        self.assertEqual((each["items"], each["succeeded"]), (40, 40))
        self.assertIn("500 from 19500", self.said(run, "each[39]"))
        shops = self.running.task(run, "shops")["output"]
        self.assertEqual(shops["results"], [{"name": "Corner"}, {"name": "Two, three"}])

    def test_rows_that_cannot_be_read_fail_their_task_and_a_retry_reads_them_again(self):
        self.write("dags/rows.yaml", ROWS)
        self.running.start()
        run = self.running.begin("rows", params={"n": 10})
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        self.assertEqual(self.running.task(run, "shops")["state"], "upstream_failed")
        self.assertIn("E5030", str(self.running.task(run, "shops:rows")["attempts"][-1]))
        self.write("dags/shops.csv", "name\nCorner\n")
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/retry", {}).status, 200)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "shops")["output"]["items"], 1)


if __name__ == "__main__":
    unittest.main()
