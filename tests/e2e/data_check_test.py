"""`millrace validate --data`: what statements would fail on is said before anything runs, with its place in the file."""
import json
import os
import unittest

from kit import Case, program

LOAD = """dag: load
tasks:
  orders: {uses: sql.query, with: {into: raw.orders, sql: "select i as id, i % 3 as customer, 2 as quantity, date '2026-11-01' as day from range(9) t(i)"}}
  customers: {uses: sql.query, with: {into: clean.customers, sql: "select i as id, 'N' || i as name from range(3) t(i)"}}
  old: {uses: sql.query, with: {into: mart.old, sql: "select 1 as id"}}
"""
RIGHT = """dag: right
params: {least: {type: integer, default: 1}}
tasks:
  clean:
    uses: sql.query
    with: {into: clean.orders, sql: "select id, quantity * 2 as pieces from raw.orders where quantity > {{ .params.least }}"}
  sales:
    uses: sql.query
    needs: [clean]
    with: {into: mart.sales, sql: "select sum(pieces) as pieces from clean.orders"}
  told: {uses: sql.script, needs: [sales], with: {sql: "create temp table t as select pieces from mart.sales; select max(pieces) from t"}}
  shell: {uses: shell.run, with: {run: "true"}}
"""
WRONG = """dag: wrong
tasks:
  unknown:
    uses: sql.query
    with:
      into: clean.orders
      sql: |
        select id,
               quantiy * 2 as pieces
        from raw.orders
  after:
    uses: sql.query
    needs: [unknown]
    with: {into: mart.sales, sql: "select nothing from clean.orders"}
  ambiguous:
    uses: sql.query
    with:
      into: mart.both
      sql: select name from raw.orders join clean.customers on customer = clean.customers.id
           where id > 1
  clash:
    uses: sql.query
    with: {into: mart.days, sql: "select id from raw.orders where day > quantity"}
  types:
    uses: sql.query
    with: {into: mart.old, mode: append, sql: "select 'x' as id from clean.customers"}
  nowhere:
    uses: sql.query
    with: {into: mart.none, sql: "select * from raw.nothing"}
"""


class DataCheck(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/load.yaml", LOAD)
        self.write("checked/right.yaml", RIGHT)
        self.write("checked/wrong.yaml", WRONG)
        running = self.server().start()
        self.assertEqual(running.end_of(running.begin("load"))["state"], "succeeded")

    def check(self, name, *words):
        code, out, said = program("--json", "validate", "--data", self.path(f"checked/{name}.yaml"), "--home", self.home, *words)
        found = json.loads(out)
        return code, {task["task"]: task for dag in found["dags"] for task in dag["tasks"]}, found["errors"]

    def test_what_is_right_is_bound_through_what_tasks_would_write(self):
        code, tasks, errors = self.check("right")
        self.assertEqual((code, errors), (0, []))
        self.assertEqual({id: task["state"] for id, task in tasks.items()}, {"clean": "bound", "sales": "bound", "told": "bound", "shell": "unchecked"})
        self.assertEqual([column["type"] for column in tasks["clean"]["writes"][0]["columns"]], ["BIGINT", "INTEGER"])
        self.assertEqual(os.listdir(os.path.join(self.home, "data", "mart")), ["old"], "nothing is written")

    def test_every_mistake_has_its_place_and_a_remedy(self):
        code, tasks, errors = self.check("wrong")
        self.assertEqual(code, 1)
        told = {error["what"].split("'")[1]: error for error in errors}
        place = {task: error["where"].split("wrong.yaml:")[1] for task, error in told.items()}
        self.assertEqual(place["unknown"], "9:16")
        self.assertEqual(told["unknown"]["hint"], "did you mean 'quantity'?")
        self.assertEqual(tasks["after"]["state"], "unchecked", "what it reads is not known, and so no mistake of its own")
        self.assertIn("Ambiguous", told["ambiguous"]["what"])
        self.assertEqual(place["ambiguous"].split(":")[0], "19")
        self.assertEqual(place["clash"].split(":")[0], "23")
        self.assertEqual((told["types"]["code"], place["types"].split(":")[0]), ("E5010", "26"))
        self.assertEqual(tasks["nowhere"]["state"], "unchecked")
        self.assertEqual(set(told), {"unknown", "ambiguous", "clash", "types"})

    def test_people_see_lines(self):
        code, out, said = program("validate", "--data", self.path("checked"), "--home", self.home)
        self.assertEqual(code, 1)
        self.assertRegex(said, r"wrong\.yaml:9:16: .*quantiy.*did you mean 'quantity'")
        self.assertRegex(out, r"3 tasks are bound, \d not checked, 4 mistakes")


if __name__ == "__main__":
    unittest.main()
