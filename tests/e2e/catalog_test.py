"""What a dataset was, and how to get it back: history, diff, rows of another time, drop, restore, and sources that are read again."""
import json
import os
import unittest

from kit import Case, program, wait_for

LOAD = """dag: load
tasks:
  load:
    uses: ingest.files
    with: {from: "%s", format: csv, delimiter: ",", into: raw.orders, schema: {id: BIGINT, item: VARCHAR}}
"""
TWICE = """dag: twice
tasks:
  compare:
    uses: sql.script
    with:
      sql: select (select count(*) from raw.orders) as now, (select count(*) from raw."orders@snapshot:%d") as before
"""


class Catalog(Case):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("in"))
        self.write("dags/load.yaml", LOAD % self.path("in/*.csv"))
        self.running = self.server("--slots", 2).start()

    def deliver(self, name, *rows):
        with open(self.path(f"in/{name}.part"), "w") as file:
            file.write("id,item\n" + "".join(f"{i},{item}\n" for i, item in rows))
        os.rename(self.path(f"in/{name}.part"), self.path(f"in/{name}.csv"))

    def load(self):
        run = self.running.begin("load")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded", self.running.run(run))
        return run

    def word(self, *words):
        code, out, said = program("--json", *words, "--server", f"127.0.0.1:{self.running.rpc_port}")
        return code, json.loads(out or said)

    def good(self, *words):
        code, answer = self.word(*words)
        self.assertEqual(code, 0, answer)
        return answer

    def ids(self, *words):
        return sorted(int(row["id"]) for row in self.good("datasets", "read", "raw.orders", *words)["rows"])

    def snapshots(self):
        return [(one["operation"], one["id"]) for one in self.good("datasets", "history", "raw.orders")["items"]]

    def two_loads(self):
        self.deliver("a", (1, "tea"), (2, "cup"))
        first = self.load()
        self.deliver("b", (3, "pot"))
        return first, self.load()

    def test_a_dataset_is_read_compared_and_restored_as_it_was(self):
        first, second = self.two_loads()
        newest, oldest = (snapshot for _, snapshot in self.snapshots())
        self.assertEqual(self.ids(), [1, 2, 3])
        for at in (f"snapshot:{oldest}", f"run:{first}"):
            self.assertEqual(self.ids("--at", at), [1, 2], at)
        self.assertEqual(self.good("datasets", "read", "raw.orders", "--where", "id > 2", "--columns", "item")["rows"], [{"item": "pot"}])
        self.assertEqual(len(self.good("datasets", "sample", "raw.orders", "--rows", 2)["rows"]), 2)
        diff = self.good("datasets", "diff", "raw.orders", "--from", f"snapshot:{oldest}")
        self.assertEqual((diff["from"], diff["to"], diff["before"]["rows"], diff["added"]["rows"], diff["removed"]["rows"]), (oldest, newest, 2, 1, 0))
        task = self.good("datasets", "restore", "raw.orders", "--to", f"snapshot:{oldest}")
        self.assertEqual((task["state"], task["output"]["rows"]), ("succeeded", 2))
        self.assertEqual(self.ids(), [1, 2])
        self.assertEqual(self.ids("--at", f"run:{second}"), [1, 2, 3])
        self.assertEqual([what for what, _ in self.snapshots()], ["restore", "append", "append"])
        self.load()
        self.assertEqual(self.ids(), [1, 2], "positions stayed: nothing is loaded again")

    def test_a_dag_reads_two_times_of_a_dataset_in_one_statement(self):
        self.two_loads()
        oldest = self.snapshots()[-1][1]
        self.write("dags/twice.yaml", TWICE % oldest)
        wait_for(lambda: "twice" in [dag["name"] for dag in self.running.get("/api/v1/dags").json["items"]], what="the Dag is read")
        run = self.running.begin("twice")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded", self.running.run(run))
        self.assertEqual(self.running.task(run, "compare")["output"]["row"], {"now": "3", "before": "2"})

    def test_a_source_goes_back_with_the_rows_that_came_since_and_loads_them_again_once(self):
        first, _ = self.two_loads()
        source = "ingest.files:raw.orders"
        self.assertEqual(self.good("positions", "list")["items"][0]["positions"], 2)
        moved = self.good("positions", "rewind", source, "--to-run", first)
        self.assertEqual((moved["output"]["positions"], moved["output"]["datasets"]), (1, ["raw.orders"]))
        self.assertEqual(self.ids(), [1, 2])
        self.assertEqual(len(self.good("positions", "show", source)["items"]), 1)
        self.load()
        self.assertEqual(self.ids(), [1, 2, 3])
        self.good("positions", "reset", source)
        self.assertEqual(self.ids(), [])
        self.load()
        self.assertEqual(self.ids(), [1, 2, 3])
        moves = self.good("positions", "history", source)["items"]
        self.assertEqual(sum(move["value"] is None for move in moves), 3)
        code, problem = self.word("positions", "rewind", source, "--to-run", "load@nowhere")
        self.assertEqual((code != 0, "E2002" in json.dumps(problem)), (True, True), problem)

    def test_a_dropped_dataset_is_gone_comes_back_and_is_loaded_anew(self):
        self.two_loads()
        newest = self.snapshots()[0][1]
        dropped = self.good("datasets", "drop", "raw.orders")
        self.assertEqual((dropped["output"]["rows"], dropped["output"]["positions"]), (3, 2))
        self.assertEqual(self.running.get("/api/v1/datasets").json["items"], [])
        self.assertEqual(self.running.get("/api/v1/datasets/raw.orders").status, 404)
        self.assertEqual(self.snapshots()[0][0], "drop")
        self.good("datasets", "restore", "raw.orders", "--to", f"snapshot:{newest}")
        self.assertEqual(self.ids(), [1, 2, 3])
        self.good("datasets", "drop", "raw.orders")
        self.load()
        self.assertEqual(self.ids(), [1, 2, 3], "its sources were forgotten with it")
        self.assertEqual(program("db", "check", "--home", self.home)[0], 0)

    def test_parquet_files_are_taken_into_the_catalog_each_once(self):
        self.two_loads()
        code, _, said = program("sql", "select id + 10 as id, item from raw.orders", "--home", self.home, "--format", "parquet", "--out", self.path("old.parquet"))
        self.assertEqual(code, 0, said)
        for rows in (3, 0):
            task = self.good("datasets", "register", "raw.old", self.path("old.parquet"))
            self.assertEqual((task["state"], task["output"]["rows_out"]), ("succeeded", rows), task)
        self.assertEqual(sorted(int(row["id"]) for row in self.good("datasets", "read", "raw.old")["rows"]), [11, 12, 13])
        code, problem = self.word("datasets", "register", "raw.old", self.path("nowhere.parquet"))
        self.assertEqual((code != 0, "E5030" in json.dumps(problem)), (True, True), problem)

    def test_what_is_not_there_is_said(self):
        self.two_loads()
        for words, code in ((("datasets", "history", "raw.other"), "E8004"), (("datasets", "read", "raw.orders", "--at", "snapshot:99"), "E5016"),
                            (("datasets", "read", "raw.orders", "--at", "yesterday"), "E1036"), (("datasets", "read", "raw.orders", "--where", "nothing = 1"), "E50"),
                            (("datasets", "diff", "raw.orders", "--from", "time:1999-01-01"), "E5016"), (("positions", "history", "ingest.files:raw.other"), "E8004"),
                            (("positions", "set", "a:b.c", "k", "{"), "E9004")):
            got, problem = self.word(*words)
            self.assertNotEqual(got, 0, words)
            self.assertIn(code, json.dumps(problem), words)

    def test_rest_answers_the_same(self):
        first, _ = self.two_loads()
        get = self.running.get
        self.assertEqual(get("/api/v1/datasets/raw.orders/history?limit=1").json["items"][0]["operation"], "append")
        self.assertEqual(len(get(f"/api/v1/datasets/raw.orders/rows?at=run:{first}").json["rows"]), 2)
        self.assertEqual(get(f"/api/v1/datasets/raw.orders/diff?from=run:{first}").json["added"]["files"], 1)
        self.assertEqual(len(get("/api/v1/positions/ingest.files:raw.orders").json["items"]), 2)
        self.assertEqual(len(get("/api/v1/positions/ingest.files:raw.orders/history").json["items"]), 2)


if __name__ == "__main__":
    unittest.main()
