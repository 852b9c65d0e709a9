"""`millrace sql` and export.file: rows for people and for other programs; nothing but datasets is read, and nothing is kept busy for ever."""
import csv
import gzip
import io
import json
import os
import subprocess
import time
import unittest

from kit import PROGRAM, Case, program

FILL = """dag: fill
params: {n: {type: integer, default: 3}}
tasks:
  fill: {uses: sql.query, with: {into: raw.numbers, sql: "select i as n, case when i = 1 then null else 'Zoë \\"' || i || '\\"' end as text, i * 1.5 as x from range({{ .params.n }}) t(i)"}}
"""
# What SQL of a task may not do: each alone, and where an expression may stand.
FORBIDDEN = {
    "file": "select * from read_text('/etc/passwd')", "path": "select * from '/etc/hostname'", "attach": "attach '/tmp/other.db' as other", "load": "load httpfs", "install": "install httpfs",
    "copy": "copy (select 1) to '{stolen}'", "set": "set memory_limit = '100GB'", "pragma": "pragma database_list", "use": "use temp", "call": "call pragma_version()", "behind": "select 1; copy (select 1) to '{stolen}'"}
IN_A_STEP = {
    "file": "(select count(*) from read_text('/etc/passwd')) > 0", "path": "(select count(*) from '/etc/hostname') > 0", "attach": "true; attach '/tmp/other.db' as other", "load": "true; load httpfs", "install": "true; install httpfs",
    "copy": "true); copy (select 1) to '{stolen}'; select (1", "set": "true; set memory_limit = '100GB'", "pragma": "true; pragma database_list", "use": "true; use temp", "call": "true; call pragma_version()"}
ENDLESS = "select count(*) as c from range(100000) a, range(100000) b, range(1000) c"
HUGE = "select list(i) as l from range(60000000) t(i)"


def bad_dag(name, tasks, more):
    lines = [f"dag: {name}", "tasks:"]
    for task, (operator, config) in tasks.items():
        own = {**config, "into": f"mart.{task}"} if "into" in config else config  # two tasks that write one dataset would be no Dag
        lines.append(f"  {task}: {json.dumps({'uses': operator, 'with': own, **more})}")
    return "\n".join(lines) + "\n"


def asking(sql, folder):
    """The same SQL for every operator that takes a SELECT."""
    return {"query": ("sql.query", {"into": "mart.stolen", "sql": sql}), "script": ("sql.script", {"sql": sql}), "export": ("export.file", {"sql": sql, "path": f"{folder}/rows.csv"}),
            "sheet": ("export.file", {"sql": sql, "path": f"{folder}/rows.xlsx", "format": "excel"}), "arrow": ("export.file", {"sql": sql, "path": f"{folder}/rows.arrow", "format": "arrow"}),
            "report": ("report.html", {"title": "t", "to": f"{folder}/page.html", "inputs": [], "sections": [{"title": "t", "sql": sql}]})}


ARROW = os.environ.get("MILLRACE_ARROW", "")
READ_ARROW = """
import json, sys, pyarrow
table = pyarrow.ipc.open_stream(sys.stdin.buffer).read_all()
table.validate(full=True)
shown = lambda value: value.value if str(value.type) == "timestamp[ns]" else value.as_py()
print(json.dumps({"schema": [[field.name, str(field.type)] for field in table.schema], "rows": [[repr(shown(value)) for value in row] for row in zip(*table.columns)]}))
"""
KINDS = """select n, n::tinyint as i8, (n + 250)::utinyint as u8, n::smallint as i16, n::integer as i32, n * 3000000000 as i64, n::hugeint as i128, n / 7 as f64, (n / 2)::float as f32, n = 1 as flag,
(n + 0.25)::decimal(18, 4) as exact, 'Zoë ' || n as text, case when n = 1 then null else '' end as gap, null as nothing, encode('b' || n) as raw, date '2028-02-29' + n::integer as day, time '08:16:00.25' as clock,
timestamp '2026-11-01 08:16:00.123456' as seen, timestamptz '2026-11-01 08:16:00+01' as zoned, timestamp_ns '2026-11-01 08:16:00.123456789' as fine, [n, null] as list, {'a': n, 'b': ['x']} as struct,
map {'k': n} as map, [1, 2]::integer[2] as pair, interval (n) day as span, ('a' || n % 2)::enum('a0', 'a1') as choice, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::uuid as id
from raw.numbers order by n"""
EXPORT = """dag: export
tasks:
  csv: {uses: export.file, with: {sql: "select * from raw.numbers order by n", path: "../out/deep/rows.csv.gz"}}
  json: {uses: export.file, with: {sql: "select n from raw.numbers order by n", path: "../out/rows.json", format: json}}
  once: {uses: export.file, needs: [json], with: {sql: "select 1 as one from raw.numbers", path: "../out/rows.json", overwrite: false}}
"""
PAGE = """dag: page
params: {text: {type: string, default: "x' union select content from read_text('/etc/passwd') --"}}
tasks:
  page:
    uses: report.html
    with:
      title: t
      to: ../page.html
      inputs: [raw.numbers]
      sections: [{title: "{{ .params.text }}", sql: "select count(*) as n, {{ .params.text }} as said from raw.numbers"}]
"""
DAILY = """dag: daily
tasks:
  write: {uses: export.file, with: {sql: "select * from raw.numbers", path: "../out/{{ .run.logical_time[:10] }}/rows.xlsx", format: excel}}
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
        self.assertIn("1 row", self.ask("select count(*) as c from raw.numbers; ")[1])
        self.assertIn("2 rows, and more", self.ask("select * from raw.numbers", "--limit", 2)[1])
        rows = list(csv.reader(io.StringIO(self.ask("select * from raw.numbers order by n -- by number", "--format", "csv")[1])))
        self.assertEqual(rows, [["n", "text", "x"], ["0", 'Zoë "0"', "0.0"], ["1", "", "1.5"], ["2", 'Zoë "2"', "3.0"]])
        self.assertEqual(json.loads(program("--json", "sql", "select sum(n) as s from raw.numbers", "--home", self.home)[1]), [{"s": 3}])
        file = self.path("rows.parquet")
        self.assertEqual(self.ask("select * from raw.numbers", "--out", file)[0], 0)
        with open(file, "rb") as parquet:
            self.assertEqual(parquet.read(4), b"PAR1")

    def arrow(self, sql, *words):
        done = subprocess.run([PROGRAM, "sql", sql, "--home", self.home, "--format", "arrow", *words], capture_output=True, timeout=60, check=True)
        read = subprocess.run([ARROW, "-c", READ_ARROW], input=done.stdout, capture_output=True, timeout=60)
        self.assertEqual(read.returncode, 0, read.stderr.decode())
        return json.loads(read.stdout)

    def test_apache_arrow_reads_the_stream(self):
        if not os.path.exists(ARROW):
            print(f"\n*** SKIPPED, NOTHING WAS COMPARED: no Python with pyarrow at '{ARROW}'; `./dev test` fetches it ***", flush=True)
            self.skipTest("pyarrow is not here")
        found = self.arrow(KINDS)
        self.assertEqual(dict(found["schema"]), {
            "n": "int64", "i8": "int8", "u8": "uint8", "i16": "int16", "i32": "int32", "i64": "int64", "i128": "decimal128(38, 0)", "f64": "double", "f32": "float", "flag": "bool", "exact": "decimal128(18, 4)",
            "text": "string", "gap": "string", "nothing": "int32", "raw": "binary", "day": "date32[day]", "clock": "time64[us]", "seen": "timestamp[us]", "zoned": "timestamp[us, tz=UTC]", "fine": "timestamp[ns]",
            "list": "list<l: int64>", "struct": "struct<a: int64, b: list<l: string>>", "map": "map<string, int64>", "pair": "fixed_size_list<: int32>[2]", "span": "month_day_nano_interval", "choice": "string", "id": "string"})
        row = dict(zip([name for name, _ in found["schema"]], found["rows"][1]))
        self.assertEqual({name: row[name] for name in ("i64", "f64", "flag", "exact", "text", "gap", "nothing", "raw", "day", "list", "struct", "map", "pair", "choice")}, {
            "i64": "3000000000", "f64": repr(1 / 7), "flag": "True", "exact": "Decimal('1.2500')", "text": "'Zoë 1'", "gap": "None", "nothing": "None", "raw": "b'b1'", "day": "datetime.date(2028, 3, 1)",
            "list": "[1, None]", "struct": "{'a': 1, 'b': ['x']}", "map": "[('k', 1)]", "pair": "[1, 2]", "choice": "'a1'"})
        self.assertEqual(found["rows"][0][:3], ["0", "0", "250"])
        self.assertEqual(self.arrow("select * from raw.numbers where false")["rows"], [])
        wide = self.arrow("select i, case when i % 3 = 0 then null else i % 2 = 0 end as flag, repeat('x', (i % 11)::integer) as pad from range(50000) t(i) order by i")
        self.assertEqual(wide["rows"], [[str(i), repr(None if i % 3 == 0 else i % 2 == 0), repr("x" * (i % 11))] for i in range(50000)])

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
        for sql in FORBIDDEN.values():
            self.assertIn(self.refused(sql.format(stolen=self.path("stolen")), "--out", self.path("none"))["code"], ("E5004", "E5009"), sql)
        for sql, code in (("select * from read_csv('/etc/passwd')", "E5004"), ("attach '/tmp/x.db' as x", "E5009"), ("select 1; drop table x", "E5009"), ("load httpfs", "E5009"),
                          ("copy (select 1) to '/tmp/stolen'", "E5004"), ("set memory_limit = '100GB'", "E5009"), ("select * from raw.nobody", "E8004"), ("select nope from raw.numbers", "E5004"), ("selec", "E5004")):
            self.assertEqual(self.refused(sql, "--out", self.path("none"))["code"], code, sql)
            self.assertIn(self.refused(sql)["code"], (code, "E5004"), sql)
        self.assertFalse(os.path.exists(self.path("none")))

    def all_fail(self, name, text):
        self.write(f"dags/{name}.yaml", text)
        self.running.stop()
        self.running = self.server().start()
        run = self.running.begin(name)
        self.assertEqual(self.running.end_of(run, deadline=150)["state"], "failed")
        return {task["id"]: self.running.task(run, task["id"]) for task in self.running.run(run)["tasks"]}

    def nothing_is_there(self, folder):
        self.assertFalse(os.path.exists(self.path("stolen")))
        self.assertEqual([name for name in (os.listdir(folder) if os.path.exists(folder) else []) if not name.startswith(".")], [])
        self.assertEqual([one["name"] for one in self.running.get("/api/v1/datasets").json["items"]], ["raw.numbers"], "nothing is published")
        # What is killed at its timeout leaves drafts, and the next export to that place removes them.
        for name in ("rows.csv", "rows.arrow", "rows.xlsx"):
            self.assertEqual(self.ask("select * from raw.numbers", "--out", f"{folder}/{name}")[0], 0)
        self.assertEqual(sorted(os.listdir(folder)), ["rows.arrow", "rows.csv", "rows.xlsx"])

    def test_no_operator_lets_sql_out_of_its_datasets(self):
        folder, tasks = self.path("none"), {}
        for what, sql in FORBIDDEN.items():
            for operator, task in asking(sql.format(stolen=self.path("stolen")), folder).items():
                tasks[f"{what}_{operator}"] = task
        for what, expression in IN_A_STEP.items():
            for step in ({"filter": {"where": expression.format(stolen=self.path("stolen"))}}, {"derive": {"columns": {"y": expression.format(stolen=self.path("stolen"))}}}):
                tasks[f"{what}_{next(iter(step))}"] = ("etl.flow", {"inputs": {"rows": "raw.numbers"}, "steps": [{**step, "of": "rows"}], "into": "mart.stolen"})
        found = self.all_fail("forbidden", bad_dag("forbidden", tasks, {}))
        for task, facts in found.items():
            self.assertEqual(facts["state"], "failed", task)
            self.assertIn(facts["error"]["code"], ("E5004", "E5009", "E5051"), f"{task}: {facts['error']}")
            self.assertNotIn("root:", json.dumps(facts), task)
        self.assertEqual(len(found), len(tasks))
        self.nothing_is_there(folder)

    def test_every_operator_keeps_to_its_time(self):
        folder = self.path("none")
        tasks = asking(ENDLESS, folder)
        tasks["flow"] = ("etl.flow", {"inputs": {"rows": "raw.numbers"}, "steps": [{"filter": {"where": f"({ENDLESS}) > 0"}, "of": "rows"}], "into": "mart.stolen"})
        for task, facts in self.all_fail("endless", bad_dag("endless", tasks, {"timeout": "1s"})).items():
            self.assertEqual((task, facts["state"]), (task, "timed_out"), facts)
        self.nothing_is_there(folder)

    def test_every_operator_keeps_to_its_memory(self):
        folder = self.path("none")
        tasks = asking(HUGE, folder)
        tasks["flow"] = ("etl.flow", {"inputs": {"rows": "raw.numbers"}, "steps": [{"derive": {"columns": {"l": f"({HUGE})"}}, "of": "rows"}], "into": "mart.stolen"})
        for task, facts in self.all_fail("huge", bad_dag("huge", tasks, {"runs_on": {"memory": "256MiB"}})).items():
            self.assertEqual((task, facts["state"], facts["error"]["code"]), (task, "failed", "E5001"), facts["error"])
        self.nothing_is_there(folder)

    def test_what_an_expression_gives_stays_a_value_in_a_report_too(self):
        self.write("dags/page.yaml", PAGE)
        self.running.stop()
        self.running = self.server().start()
        run = self.running.begin("page")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        with open(self.path("page.html"), encoding="utf-8") as file:
            self.assertIn("<td>x&#39; union select content from read_text(&#39;/etc/passwd&#39;) --</td>", file.read())

    def test_a_file_is_named_after_its_day(self):
        self.write("dags/daily.yaml", DAILY)
        self.running.stop()
        self.running = self.server().start()
        run = self.running.begin("daily", logical_time="2026-11-01T00:00:00Z")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded", self.running.task(run, "write"))
        self.assertEqual(self.running.task(run, "write")["output"]["rows"], 3)
        with open(self.path("out/2026-11-01/rows.xlsx"), "rb") as file:
            self.assertEqual(file.read(2), b"PK")

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
