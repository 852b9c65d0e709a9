"""What depends on data, by every door; and what consumed a bad snapshot does its work again, and nothing else."""
import glob
import json
import os
import unittest

from kit import BUILD, Case, program

LOAD = """dag: load
params: {price: {type: integer, default: 1}}
tasks:
  orders: {uses: sql.query, with: {into: raw.orders, sql: "select i as id, i % 3 as customer, {{ .params.price }} as price, 'x' as note, 0 as spare from range(9) t(i)"}}
  other: {uses: sql.query, with: {into: raw.other, sql: "select 1 as k"}}
"""
CLEAN = """dag: clean
tasks:
  clean: {uses: sql.query, with: {into: clean.orders, sql: "select id, customer, price * 2 as amount, length(note) as size from raw.orders where customer > 0"}}
  largest: {uses: etl.limit, needs: [clean], with: {input: clean.orders, into: mart.largest, rows: 1, order_by: ["amount desc"]}}
  apart: {uses: sql.query, with: {into: mart.apart, sql: "select * from raw.other"}}
"""
SALES = """dag: sales
tasks:
  sales: {uses: sql.query, with: {into: mart.sales, sql: "select customer, sum(amount) as total from clean.orders group by customer"}}
  told: {uses: sql.script, needs: [sales], with: {sql: "select sum(total) as total from mart.sales"}}
"""
LATER = """dag: later
tasks:
  later: {uses: sql.query, with: {into: mart.later, sql: "select price from raw.orders"}}
"""


class Lineage(Case):
    def setUp(self):
        super().setUp()
        for name, text in (("load", LOAD), ("clean", CLEAN), ("sales", SALES), ("later", LATER)):
            self.write(f"dags/{name}.yaml", text)
        self.running = self.server().start()

    def succeeds(self, dag, **body):
        run = self.running.begin(dag, **body)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded", self.running.run(run))
        return run

    def word(self, *words):
        code, out, said = program("--json", *words, "--server", self.running.facts["rpc"])
        return code, json.loads(out or said)

    def impact(self, name):
        code, said = self.word("datasets", "impact", name)
        self.assertEqual(code, 0, said)
        return {(one["dataset"], one["column"]): (one["how"], one["task"], one["distance"]) for one in said["dependents"]}

    def snapshot(self, dataset):
        return self.running.get(f"/api/v1/datasets/{dataset}").json["snapshot"]

    def attempts(self, runs):
        return {(run.split("@")[0], task["id"]): task["attempt"] for run in runs for task in self.running.run(run)["tasks"]}

    def test_every_operator_from_dataset_to_dataset_keeps_lineage(self):
        """Those of etl are asked one by one in its unit tests, the others in theirs; those that read no dataset have nothing to tell."""
        kept = {"sql.query", "recipe.apply"}
        reads, writes = set(), set()
        for path in glob.glob(os.path.join(BUILD, "lib/millrace/plugins/*.json")):
            with open(path) as file:
                for operator in json.load(file)["operators"]:
                    text = json.dumps(operator["config_schema"])
                    reads |= {operator["type"]} if '"x-mr-dataset": "reads"' in text or '"x-mr-language": "sql"' in text else set()
                    writes |= {operator["type"]} if '"x-mr-dataset": "writes"' in text else set()
        self.assertEqual({type for type in reads & writes if not type.startswith("etl.")}, kept)
        self.assertLessEqual(writes - reads - {type for type in writes if type.startswith("etl.")}, {"ingest.files", "ingest.http", "ingest.sql", "data.compact"})

    def test_before_any_run_what_dags_say_counts(self):
        self.assertEqual(self.impact("raw.orders"), {("clean.orders", ""): ("all", "clean", 1), ("mart.largest", ""): ("all", "largest", 2), ("mart.sales", ""): ("all", "sales", 2), ("", ""): ("all", "told", 3), ("mart.later", ""): ("all", "later", 1)})

    def test_columns_are_followed_through_tasks(self):
        for dag in ("load", "clean", "sales", "later"):
            self.succeeds(dag)
        self.assertEqual(self.impact("raw.orders.spare"), {}, "nobody looks at it")
        self.assertEqual(self.impact("raw.orders.note"), {("clean.orders", "size"): ("direct", "clean", 1), ("mart.largest", "size"): ("direct", "largest", 2),
                                                           ("mart.largest", "*"): ("condition", "largest", 2)}, "of equals, the whole row decides")
        price = self.impact("raw.orders.price")
        self.assertEqual(price[("mart.sales", "total")], ("direct", "sales", 2))
        self.assertEqual(price[("mart.largest", "*")], ("condition", "largest", 2))
        self.assertEqual(self.impact("raw.other"), {("mart.apart", "k"): ("direct", "apart", 1), ("mart.apart", "*"): ("condition", "apart", 1)})
        rest = self.running.get("/api/v1/datasets/raw.orders/impact?column=note").json["items"]
        self.assertEqual([one["column"] for one in rest], ["size", "*", "size"])
        table = program("datasets", "impact", "raw.orders.note", "--server", self.running.facts["rpc"])[1]
        self.assertIn("mart.largest", table)

    def test_names_that_are_not_there_are_told(self):
        self.succeeds("load")
        code, said = self.word("datasets", "impact", "raw.orders.nota")
        self.assertEqual((code, said["code"], said["hint"]), (1, "E1069", "did you mean 'note'?"))
        self.assertEqual(self.word("datasets", "impact", "raw.nothing")[1]["code"], "E8004")
        self.assertEqual(self.running.get("/api/v1/datasets/raw.orders/impact?column=nota").status, 404)
        self.assertEqual(self.word("rerun", "--affected-by", "77")[1]["code"], "E1070")

    def test_what_consumed_a_bad_snapshot_does_its_work_again_and_nothing_else(self):
        runs = [self.succeeds(dag) for dag in ("load", "clean", "sales")]
        bad = self.snapshot("raw.orders")
        self.succeeds("load", params={"price": 5})
        runs.append(self.succeeds("later"))  # reads what came after the bad one
        code, planned = self.word("rerun", "--affected-by", str(bad), "--dry-run")
        self.assertEqual((code, [(one["wave"], one["task"]) for one in planned["tasks"]]), (0, [(0, "clean"), (1, "largest"), (1, "sales"), (2, "told")]))
        before = self.attempts(runs)
        code, done = self.word("rerun", "--affected-by", str(bad))
        self.assertEqual((code, [one["state"] for one in done["tasks"]]), (0, ["succeeded"] * 4), done)
        again = {("clean", "clean"), ("clean", "largest"), ("sales", "sales"), ("sales", "told")}
        self.assertEqual(self.attempts(runs), {key: n + (key in again) for key, n in before.items()})
        self.assertEqual(self.running.task(runs[2], "told")["output"]["row"]["total"], "60")
        self.assertEqual(self.word("rerun", "--affected-by", str(bad), "--dry-run")[1]["tasks"], [])


if __name__ == "__main__":
    unittest.main()
