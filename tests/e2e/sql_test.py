"""`millrace sql` and export.file: rows for people and for other programs; nothing but datasets is read, and nothing is kept busy for ever."""
import csv
import gzip
import io
import json
import os
import time
import unittest

from kit import Case, program

FILL = """dag: fill
params: {n: {type: integer, default: 3}}
tasks:
  fill: {uses: sql.query, with: {into: raw.numbers, sql: "select i as n, case when i = 1 then null else 'Zoë \\"' || i || '\\"' end as text, i * 1.5 as x from range({{ .params.n }}) t(i)"}}
"""
EXPORT = """dag: export
tasks:
  csv: {uses: export.file, with: {sql: "select * from raw.numbers order by n", path: "../out/deep/rows.csv.gz"}}
  json: {uses: export.file, with: {sql: "select n from raw.numbers order by n", path: "../out/rows.json", format: json}}
  once: {uses: export.file, needs: [json], with: {sql: "select 1 as one from raw.numbers", path: "../out/rows.json", overwrite: false}}
"""


class Sql(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/fill.yaml", FILL)
        self.write("dags/export.yaml", EXPORT)
        self.running = self.server().start()
        self.fill(3)

    def fill(self, n):
        self.assertEqual(self.running.end_of(self.running.begin("fill", params={"n": n}))["state"], "succeeded")

    def ask(self, sql, *words):
        return program("sql", sql, "--home", self.home, *words)

    def refused(self, sql, *words, code=1):
        ended, out, said = program("--json", "sql", sql, "--home", self.home, *words)
        self.assertEqual(ended, code, out)
        return json.loads(out or said)

    def test_rows_come_as_a_table_or_in_a_format(self):
        code, out, said = self.ask("select n, text from raw.numbers order by n")
        self.assertEqual(code, 0, said)
        self.assertEqual([line.split() for line in out.splitlines()], [["n", "text"], ["0", "Zoë", '"0"'], ["1", "NULL"], ["2", "Zoë", '"2"'], ["3", "rows"]])
        self.assertIn("2 rows, and more", self.ask("select * from raw.numbers", "--limit", 2)[1])
        rows = list(csv.reader(io.StringIO(self.ask("select * from raw.numbers order by n -- by number", "--format", "csv")[1])))
        self.assertEqual(rows, [["n", "text", "x"], ["0", 'Zoë "0"', "0.0"], ["1", "", "1.5"], ["2", 'Zoë "2"', "3.0"]])
        self.assertEqual(json.loads(program("--json", "sql", "select sum(n) as s from raw.numbers", "--home", self.home)[1]), [{"s": 3}])
        file = self.path("rows.parquet")
        self.assertEqual(self.ask("select * from raw.numbers", "--out", file)[0], 0)
        with open(file, "rb") as parquet:
            self.assertEqual(parquet.read(4), b"PAR1")

    def test_it_reads_what_was_and_while_no_server_runs(self):
        then = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + "Z"
        while time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + "Z" == then:
            pass
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + "Z"
        self.fill(5)
        self.running.stop()
        self.assertIn("5", self.ask("select count(*) as c from raw.numbers")[1].split())
        self.assertIn("3", self.ask("select count(*) as c from raw.numbers", "--at", now)[1].split())
        self.assertEqual(self.refused("select * from raw.numbers", "--at", "2020-01-01")["code"], "E8004")

    def test_what_is_no_select_over_datasets_is_refused(self):
        for sql, code in (("select * from read_csv('/etc/passwd')", "E5004"), ("attach '/tmp/x.db' as x", "E5009"), ("select 1; drop table x", "E5009"), ("load httpfs", "E5009"),
                          ("copy (select 1) to '/tmp/stolen'", "E5004"), ("set memory_limit = '100GB'", "E5009"), ("select * from raw.nobody", "E8004"), ("select nope from raw.numbers", "E5004"), ("selec", "E5004")):
            self.assertEqual(self.refused(sql, "--out", self.path("none"))["code"], code, sql)
            self.assertIn(self.refused(sql)["code"], (code, "E5004"), sql)
        self.assertFalse(os.path.exists(self.path("none")))

    def test_it_keeps_to_its_time_and_its_memory(self):
        began = time.monotonic()
        self.assertEqual(self.refused("select count(*) from range(100000) a, range(100000) b, range(1000) c", "--timeout", "1s")["code"], "E3016")
        self.assertLess(time.monotonic() - began, 20)
        self.assertIn(self.refused("select list(i) as l from range(30000000) t(i)", "--memory", "64MiB")["code"], ("E5001",))
        for words in (("--timeout", "soon"), ("--memory", "lots"), ("--at", "then")):
            self.assertEqual(self.refused("select 1", *words, code=2)["code"], "E9004")

    def test_a_task_writes_files_whole_or_not_at_all(self):
        run = self.running.begin("export")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        with gzip.open(self.path("out/deep/rows.csv.gz"), "rt", encoding="utf-8") as file:
            self.assertEqual(len(list(csv.reader(file))), 4)
        with open(self.path("out/rows.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), [{"n": 0}, {"n": 1}, {"n": 2}])
        self.assertEqual(self.running.task(run, "once")["error"]["code"], "E5055")
        self.assertEqual(self.running.task(run, "csv")["output"]["rows"], 3)
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["deep", "rows.json"], "no drafts are left")


if __name__ == "__main__":
    unittest.main()
