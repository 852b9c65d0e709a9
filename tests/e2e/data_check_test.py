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
# Every mistake stands where its name has stood before, in the right place.
FIELDS = """dag: fields
tasks:
  versions:
    uses: sql.query
    with: {into: clean.people, sql: "select * from clean.customers", mode: scd2, keys: [id], sort_by: [valid_from]}
  current: {uses: sql.query, needs: [versions], with: {into: mart.people, sql: "select name from clean.people where is_current"}}
  keys:
    uses: sql.query
    with: {into: mart.k, sql: "select id as pk, customer from raw.orders", mode: merge, keys: [id]}
  newest:
    uses: etl.select
    with: {input: raw.orders, into: mart.n, columns: [id, customer], mode: merge, keys: [id], newest_by: [day]}
  partition:
    uses: sql.query
    with:
      into: mart.p
      sql: select id as nr, customer from raw.orders
      partition_by:
        - CUSTOMER
        - id
  sort:
    uses: etl.flow
    with:
      inputs: {o: raw.orders}
      steps: [{drop: {columns: [day]}}]
      outputs:
        - {from: o, into: mart.s1, sort_by: [day]}
        - {from: step 1, into: mart.s2, sort_by: [day], mode: append}
  again:
    uses: etl.flow
    with:
      inputs: {o: raw.orders}
      steps:
        - {derive: {columns: {price: quantity}}, as: priced}
        - {drop: {columns: [quantity]}}
        - {filter: {where: price > 1 and quantity > 1}}
      into: mart.again
  suite:
    uses: sql.query
    with: {into: mart.checked, sql: "select id from raw.orders"}
    checks:
      - rules: Rules = [ RowCount >= 0, Mean "id" > -5 ]
      - suite: suites/orders.json
  rules:
    uses: recipe.apply
    with: {input: raw.orders, recipe: recipes/good.json, into: mart.ruled}
    checks: [{rules: 'Rules = [ IsComplete "id", Mean "qty" > 0 ]', on_fail: warn}]
  types:
    uses: quality.check
    with: {input: clean.customers, rules: 'Rules = [ Mean "name" > 0 ]'}
  recipe:
    uses: recipe.apply
    with: {input: raw.orders, into: mart.cooked, recipe: recipes/bad.json}
  file:
    uses: export.file
    with: {path: out, sql: "select id from raw.orders", format: csv, partition_by: [day]}
  database:
    uses: export.sql
    with: {connection: "postgres://someone@127.0.0.1:1/none", password: '{{ secret("nobody") }}', table: t, keys: [nr], sql: "select id from raw.orders"}
  page:
    uses: report.html
    with:
      title: day
      to: out.html
      inputs: [raw.orders]
      sections:
        - {title: one, sql: select quantity from raw.orders}
        - {title: two, sql: select sum(quantity) from (select id from raw.orders)}
  lines:
    uses: sql.query
    with:
      into: mart.lines
      sql: |
        with small as (select customer from raw.orders)  -- quantity is not in it
        select raw.orders.quantity
        from raw.orders join small using (customer)
        where small.quantity > 1
  script:
    uses: sql.script
    with:
      sql: |
        create temp table t as select id from raw.orders;
        select id, day from raw.orders;
        select nothing from t
"""
THROUGH = """dag: through
tasks:
  first: {uses: etl.rename, with: {input: raw.orders, into: clean.one, columns: {quantity: pieces}}}
  second: {uses: etl.join, needs: [first], with: {input: clean.one, right: clean.customers, on: [{left: customer, right: id}], into: clean.two}}
  third: {uses: sql.query, needs: [second], with: {into: clean.three, sql: "select name, pieces::varchar as pieces from clean.two"}}
  unknown: {uses: etl.aggregate, needs: [third], with: {input: clean.three, into: mart.a, by: [name], values: {n: {function: sum, of: quantity}}}}
  clash: {uses: sql.query, needs: [third], with: {into: mart.b, sql: "select * from clean.three join clean.one on three.pieces + date '2026-01-01' = one.day"}}
  ambiguous: {uses: sql.query, needs: [third], with: {into: mart.c, sql: select pieces from clean.three join clean.two on three.name = two.name}}
  behind: {uses: sql.query, needs: [unknown], with: {into: mart.old, sql: select new from mart.a}}
  further: {uses: sql.query, needs: [behind], with: {into: mart.d, sql: select new from mart.old}}
  was: {uses: sql.query, with: {into: mart.w, sql: 'select quantity, pieces from raw."orders@snapshot:N"'}}
"""


class DataCheck(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/load.yaml", LOAD)
        self.write("checked/right.yaml", RIGHT)
        self.write("checked/wrong.yaml", WRONG)
        running = self.server().start()
        self.assertEqual(running.end_of(running.begin("load"))["state"], "succeeded")
        self.orders = running.get("/api/v1/datasets/raw.orders").json["snapshot"]

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

    def place(self, text, line, word):
        """Of the word in the one line that has all of `line`."""
        lines = [(number, one) for number, one in enumerate(text.split("\n"), 1) if line in one]
        self.assertEqual(len(lines), 1, line)
        number, one = lines[0]
        return f"{number}:{one.index(line) + line.index(word) + 1}"

    def test_the_place_is_that_of_the_field_and_of_the_line(self):
        self.write("checked/fields.yaml", FIELDS)
        self.write("checked/suites/orders.json", json.dumps({"expectations": [{"type": "expect_column_to_exist", "kwargs": {"column": "nothing"}},
                                                                              {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "quantity"}}]}))
        step = lambda column: json.dumps([{"Action": {"Operation": "ABSOLUTE", "Parameters": {"sourceColumn": column, "targetColumn": "more"}}}])
        self.write("checked/recipes/good.json", step("quantity"))
        self.write("checked/recipes/bad.json", step("amount"))
        code, tasks, errors = self.check("fields")
        told = {error["what"].split("'")[1]: error for error in errors}
        self.assertEqual([task for task, one in tasks.items() if one["state"] != "wrong"], ["versions", "current"])
        self.assertEqual([column["name"] for column in tasks["versions"]["writes"][0]["columns"]], ["id", "name", "valid_from", "valid_to", "is_current"])
        where = {"keys": ("E5050", "keys: [id]}", "id"), "newest": ("E5050", "newest_by: [day]", "day"), "partition": ("E5050", "        - id", "id"),
                 "sort": ("E5050", "into: mart.s2, sort_by: [day]", "day"), "again": ("E5004", "price > 1 and quantity > 1", "quantity"),
                 "suite": ("E7008", "suite: suites/orders.json", "suites"), "rules": ("E7008", 'Mean "qty"', "qty"), "types": ("E7008", 'Mean "name"', "name"),
                 "recipe": ("E6006", "recipe: recipes/bad.json", "recipes"), "file": ("E5050", "partition_by: [day]}", "day"), "database": ("E5050", "keys: [nr]", "nr"),
                 "page": ("E5004", "select sum(quantity)", "quantity"), "lines": ("E5004", "where small.quantity > 1", "small"), "script": ("E5004", "        select nothing from t", "nothing")}
        self.maxDiff = None
        self.assertEqual({task: (one["code"], one["where"].split("fields.yaml:")[1]) for task, one in told.items()},
                         {task: (code, self.place(FIELDS, line, word)) for task, (code, line, word) in where.items()}, json.dumps(told, indent=1))

    def test_columns_are_followed_through_tasks_that_never_ran(self):
        self.write("checked/through.yaml", THROUGH.replace("snapshot:N", f"snapshot:{self.orders}"))
        code, tasks, errors = self.check("through")
        told = {error["what"].split("'")[1]: error for error in errors}
        self.assertEqual({task: one["state"] for task, one in tasks.items()},
                         {"first": "bound", "second": "bound", "third": "bound", "unknown": "wrong", "clash": "wrong", "ambiguous": "wrong", "behind": "unchecked", "further": "unchecked", "was": "wrong"})
        place = {task: error["where"].split("through.yaml:")[1] for task, error in told.items()}
        self.assertEqual(place["unknown"], self.place(THROUGH, "of: quantity", "quantity"))
        self.assertEqual(place["clash"].split(":")[0], self.place(THROUGH, "  clash:", "clash").split(":")[0])
        self.assertIn("Ambiguous", told["ambiguous"]["what"])
        self.assertEqual(place["ambiguous"], self.place(THROUGH, "sql: select pieces", "pieces"))
        self.assertEqual(place["was"], self.place(THROUGH, "select quantity, pieces", "pieces"), "a snapshot has the columns that it had")
        self.assertEqual(sorted(os.listdir(os.path.join(self.home, "data"))), ["clean", "mart", "raw"])
        self.assertEqual(os.listdir(os.path.join(self.home, "data", "clean")), ["customers"], "nothing is written")

    def test_people_see_lines(self):
        code, out, said = program("validate", "--data", self.path("checked"), "--home", self.home)
        self.assertEqual(code, 1)
        self.assertRegex(said, r"wrong\.yaml:9:16: .*quantiy.*did you mean 'quantity'")
        self.assertRegex(out, r"3 tasks are bound, \d not checked, 4 mistakes")


if __name__ == "__main__":
    unittest.main()
