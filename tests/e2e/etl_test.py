"""Transforms, write modes and values in SQL, in real processes: two Dags that write one dataset lose nothing, and params stay values."""
import json
import os
import unittest

from kit import Case, kill, program, wait_for

APPEND = """dag: append_{who}
params: {{n: {{type: integer, default: 0}}}}
concurrency: {{runs: 50}}
tasks:
  write: {{uses: sql.query, with: {{into: raw.shared, mode: append, sql: "select '{who}' as who, {{{{ .params.n }}}} as n"}}}}
"""
MERGE = """dag: merge_{who}
params: {{n: {{type: integer, default: 0}}}}
concurrency: {{runs: 50}}
tasks:
  write:
    uses: sql.query
    with: {{into: mart.shared, mode: merge, keys: [who, n], sql: "select '{who}' as who, {{{{ .params.n }}}} as n, 1 as seen"}}
"""
COUNT = """dag: count
params: {of: {type: string, default: "1 = 1"}}
tasks:
  raw: {uses: sql.script, with: {sql: "select count(*) as rows, count(distinct who || n) as keys from raw.shared"}}
  mart: {uses: sql.script, with: {sql: "select count(*) as rows, count(distinct who || n) as keys from mart.shared"}}
"""
FLOW = """dag: flow
tasks:
  orders:
    uses: sql.query
    with: {into: raw.orders, sql: "select i as id, i % 10 as customer, (i % 7) - 1 as quantity, case when i % 50 = 0 then 'bad' else '2.50' end as price from range(1000) t(i)"}
  customers: {uses: sql.query, with: {into: clean.customers, sql: "select i as customer, 'N' || i as name from range(10) t(i)"}}
  flow:
    uses: etl.flow
    needs: [orders, customers]
    with:
      inputs: {orders: raw.orders, customers: clean.customers}
      steps:
        - filter: {where: "quantity > 0"}
          of: orders
        - map_columns: {columns: [{from: id}, {from: customer}, {from: quantity}, {from: price, type: "DECIMAL(10,2)"}]}
          as: typed
        - derive: {columns: {total: "quantity * price"}}
        - lookup: {right: customers, on: [customer], take: {customer_name: name}}
        - aggregate: {by: [customer_name], values: {total: {function: sum, of: total}, orders: {function: count}}}
      into: mart.totals
      mode: merge
      keys: [customer_name]
      errors: {to: quarantine, limit: "5%"}
  look: {uses: sql.script, needs: [flow], with: {sql: "select count(*) as rows, sum(total) as total, sum(orders) as orders from mart.totals"}}
"""
VALUES = """dag: values
params: {name: {type: string, default: x}, names: {type: array, default: []}}
tasks:
  fill: {uses: sql.query, with: {into: raw.names, sql: "select * from (values ('O''Neil'), ('x')) t(name)"}}
  find:
    uses: sql.script
    needs: [fill]
    with: {sql: "select count(*) filter (where name = {{ .params.name }}) as one, count(*) filter (where name in {{ .params.names }}) as some from raw.names"}
"""


class Etl(Case):
    def begin_server(self, *words, **dags):
        for name, text in dags.items():
            self.write(f"dags/{name}.yaml", text)
        self.running = self.server(*words).start()
        return self.running

    def row(self, run, task):
        return self.running.task(run, task)["output"]["row"]

    def succeeds(self, run):
        ended = self.running.end_of(run, deadline=120)
        self.assertEqual(ended["state"], "succeeded", [(task["id"], task["state"], task["why"]) for task in ended["tasks"]])
        return run

    def test_two_dags_that_write_one_dataset_lose_nothing(self):
        server = self.begin_server("--slots", 4, count=COUNT, **{f"{kind}_{who}": text.format(who=who) for kind, text in (("append", APPEND), ("merge", MERGE)) for who in "ab"})
        runs = [server.begin(f"{kind}_{who}", params={"n": n}) for n in range(12) for kind in ("append", "merge") for who in "ab"]
        for run in runs:
            self.succeeds(run)
        count = self.succeeds(server.begin("count"))
        self.assertEqual(self.row(count, "raw"), {"rows": "24", "keys": "24"})
        self.assertEqual(self.row(count, "mart"), {"rows": "24", "keys": "24"})
        attempts = [attempt for run in runs for attempt in server.task(run, "write")["attempts"]]
        self.assertEqual([attempt for attempt in attempts if attempt["state"] != "succeeded"], [], "they take turns, so none works in vain")

    def test_a_flow_gives_the_same_after_a_killed_worker_and_a_second_run(self):
        server = self.begin_server("--slots", 2, "--lease", "2s", flow=FLOW)
        run = server.begin("flow")
        wait_for(lambda: server.task(run, "flow")["state"] in ("running", "succeeded"), what="the flow at work")
        for pid in server.read_facts()["workers"]:
            kill(pid)
        self.succeeds(run)
        first = self.row(run, "look")
        good = [i for i in range(1000) if i % 7 > 1 and i % 50]
        self.assertEqual(first, {"rows": "10", "total": f"{sum((i % 7) - 1 for i in good) * 2.5:.2f}", "orders": str(len(good))})
        output = server.task(run, "flow")["output"]
        bad = len([i for i in range(1000) if i % 7 > 1 and i % 50 == 0])
        self.assertEqual(output["rejected_by_step"], [{"step": "typed", "rows": bad}])
        self.assertEqual(self.row(self.succeeds(server.begin("flow")), "look"), first)

    def test_params_in_sql_are_values_whatever_they_hold(self):
        server = self.begin_server(values=VALUES)
        for name, names, one, some in (("O'Neil", ["x", "O'Neil"], "1", "2"), ("' or true or name = '", ["') or true --"], "0", "0"), ("x\\' or true --", [], "0", "0")):
            run = self.succeeds(server.begin("values", params={"name": name, "names": names}))
            self.assertEqual(self.row(run, "find"), {"one": one, "some": some}, name)

    def test_a_plan_is_told_without_a_server_and_nothing_is_written(self):
        path, home = self.write("plan/flow.yaml", FLOW), os.path.join(self.folder, "nowhere")
        code, out, said = program("--json", "explain-plan", path, "--home", home)
        self.assertEqual(code, 0, out + said)
        plans = {plan["task"]: plan["statements"] for plan in json.loads(out)}
        self.assertEqual(sorted(plans), ["customers", "flow", "look", "orders"])
        *kept, merge = plans["flow"]
        self.assertEqual([statement["sql"].split(" temp.")[0] for statement in kept], ["CREATE TEMP TABLE"] * 3, "the condition, the casts and the product are tried")
        self.assertEqual((merge["into"], merge["mode"], [column["name"] for column in merge["columns"]]), ("mart.totals", "merge", ["customer_name", "orders", "total"]))
        code, out, said = program("explain-plan", path, "flow", "--home", home)
        self.assertEqual(code, 0, out + said)
        self.assertIn("-- merge mart.totals\nWITH", out)
        self.assertNotIn("range(1000)", out)
        silent = self.write("plan/silent.yaml", "dag: silent\ntasks: {wait: {uses: shell.run, with: {run: 'true'}}}\n")
        code, out, said = program("explain-plan", silent, "wait", "--home", home)
        self.assertEqual(code, 1, out + said)
        self.assertIn("E5111", out + said)
        self.assertFalse(os.path.exists(home))

    def test_a_plan_has_params_and_asks_for_columns_that_nobody_knows(self):
        path = self.write("plan/params.yaml", """dag: params
params: {least: {type: integer, default: 3}}
tasks:
  one: {uses: sql.query, with: {into: raw.one, sql: "select i from range(9) t(i) where i > {{ .params.least }}"}}
  two: {uses: etl.filter, needs: [one], with: {input: raw.one, into: raw.two, where: "i < 5"}}
  three: {uses: etl.filter, with: {input: raw.unknown, into: raw.three, where: "i < 5"}}
""")
        code, out, said = program("explain-plan", path, "two", "--param", "least=4")
        self.assertEqual(code, 0, out + said)
        self.assertIn("-- replace raw.two", out)
        self.assertIn("i > 4", program("explain-plan", path, "one", "--param", "least=4")[1])
        code, out, said = program("explain-plan", path, "three")
        self.assertEqual(code, 1, out + said)
        self.assertIn("E8004", out + said)

    def test_a_flow_with_a_typo_is_refused_before_it_runs(self):
        path = self.write("dags/flow.yaml", FLOW.replace("- filter:", "- fliter:"))
        code, out, said = program("--json", "validate", os.path.dirname(path))
        self.assertEqual(code, 1, out + said)
        errors = json.loads(out or said)
        self.assertIn("fliter", json.dumps(errors))
        self.assertIn("flow.yaml:13:", json.dumps(errors))


if __name__ == "__main__":
    unittest.main()
