"""What keeps the data root small and whole: old snapshots expire, nobody's files are deleted, small ones become large; nothing that is read or written is lost."""
import json
import os
import unittest

from kit import ENDED, Case, program, wait_for

REPLACE = """dag: fill
params: {n: {type: integer, default: 1}}
tasks:
  fill:
    uses: sql.query
    with: {into: raw.numbers, mode: replace, sql: "select {{ .params.n }} as n"}
"""
APPEND = """dag: add
tasks:
  add:
    uses: sql.query
    with: {into: raw.events, mode: append, sql: "select 1 as n"}
"""
NIGHT = """dag: night
tasks:
  expire: {uses: data.expire, with: {dataset: raw.numbers, older_than: 1ms}}
  collect: {uses: data.gc, needs: [expire], with: {grace: 1ms}}
"""
SUM = """dag: sum
tasks:
  sum: {uses: sql.script, with: {sql: "select count(*) as rows, sum(n) as total from raw.events"}}
"""


class Maintenance(Case):
    def setUp(self):
        super().setUp()
        for name, text in (("fill", REPLACE), ("add", APPEND), ("night", NIGHT), ("sum", SUM)):
            self.write(f"dags/{name}.yaml", text)
        self.dag("long", {"long": f"touch {self.path('begun')}; while [ ! -e {self.path('end')} ]; do read -t 0.05 < /dev/zero || true; done"})
        self.write("dags/woken.yaml", "dag: woken\ntriggers: [{dataset: raw.events}]\ntasks: {t: {uses: core.noop}}\n")
        self.running = self.server("--slots", 2).start()

    def succeeds(self, dag, **body):
        run = self.running.begin(dag, **body)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded", self.running.run(run))
        return run

    def files(self):
        root = os.path.join(self.home, "data")
        return {os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names}

    def woken(self):
        return self.running.get("/api/v1/runs?dag=woken").json["items"]

    def output(self, run, task):
        return self.running.task(run, task)["output"]

    def word(self, *words):
        code, out, said = program("--json", "datasets", *words, "--server", f"127.0.0.1:{self.running.rpc_port}")
        return code, json.loads(out or said)

    def orphan(self, name="raw/numbers/left-behind.parquet", age=3600):
        path = os.path.join(self.home, "data", name)
        with open(path, "wb") as file:
            file.write(b"PAR1")
        os.utime(path, (os.stat(path).st_mtime - age,) * 2)
        return name

    def test_old_snapshots_expire_and_their_files_go_with_those_that_were_left_behind(self):
        for n in range(1, 4):
            self.succeeds("fill", params={"n": n})
        before = self.files()
        self.assertEqual(len(before), 3)
        self.orphan()
        run = self.succeeds("night")
        self.assertEqual(self.output(run, "expire"), {"dataset": "raw.numbers", "snapshots": 2})
        collected = self.output(run, "collect")
        self.assertEqual((collected["files"], collected["orphans"]), (3, 1))
        self.assertGreater(collected["bytes"], 4)
        self.assertEqual(len(self.files()), 1)
        again = self.succeeds("night")
        self.assertEqual((self.output(again, "expire")["snapshots"], self.output(again, "collect")["files"]), (0, 0))
        self.assertEqual(program("db", "check", "--home", self.home)[0], 0)

    def test_what_is_young_or_was_written_since_a_live_attempt_began_stays(self):
        run = self.running.begin("long")
        wait_for(lambda: os.path.exists(self.path("begun")))
        os.makedirs(os.path.join(self.home, "data", "raw", "numbers"), exist_ok=True)
        young = self.orphan("raw/numbers/young.parquet", age=0)
        code, task = self.word("gc", "--grace", "1ms")
        self.assertEqual((code, task["output"]["orphans"]), (0, 0), "an attempt that began before may have written it")
        self.touch("end")
        self.running.end_of(run)
        self.assertEqual(self.word("gc", "--grace", "1h")[1]["output"]["orphans"], 0, "it is too young")
        self.assertIn(young, self.files())
        self.assertEqual(wait_for(lambda: self.word("gc", "--grace", "1ms")[1]["output"]["orphans"]), 1)
        self.assertNotIn(young, self.files())

    def test_many_small_files_become_one_and_nothing_is_woken(self):
        for _ in range(5):
            self.succeeds("add")
        woken = wait_for(lambda: (lambda runs: runs if runs and all(r["state"] in ENDED for r in runs) else None)(self.woken()), what="runs that the dataset woke")
        code, task = self.word("compact", "raw.events")
        self.assertEqual((code, task["output"]["files_before"], task["output"]["files_after"]), (0, 5, 1), task)
        self.assertEqual(self.output(self.succeeds("sum"), "sum")["row"], {"rows": "5", "total": "5"})
        self.assertEqual(self.word("verify", "raw.events")[1]["output"]["files"], 1)
        self.assertEqual(self.word("expire", "raw.events", "--older-than", "1ms")[1]["output"]["snapshots"], 5)
        self.assertEqual(wait_for(lambda: self.word("gc", "--grace", "1ms")[1]["output"]["files"]), 5)
        self.assertEqual(self.output(self.succeeds("sum"), "sum")["row"], {"rows": "5", "total": "5"})
        self.assertEqual([r["id"] for r in self.woken()], [r["id"] for r in woken])

    def test_a_file_that_is_cut_is_found(self):
        self.succeeds("add")
        path = os.path.join(self.home, "data", next(iter(self.files())))
        os.truncate(path, os.path.getsize(path) - 1)
        code, task = self.word("verify", "raw.events")
        self.assertEqual((code, task["problem"]["code"]), (1, "E5018"), task.keys())

    def test_bad_words_are_refused_with_their_reason(self):
        for body, code in (({"uses": "shell.run", "with": {"run": "true"}}, "E2003"), ({"uses": "data.expire", "with": {"dataset": "raw.events"}}, "E1006"),
                           ({"uses": "data.compact", "with": {"dataset": "events"}}, "E1023")):
            answer = self.running.post("/api/v1/maintenance", body)
            self.assertIn(answer.status, (400, 409), answer.body)
            self.assertEqual(answer.json["code"], code, answer.body)
        first = self.running.post("/api/v1/maintenance", {"uses": "data.gc", "request_id": "once"}).json["id"]
        self.assertEqual(self.running.post("/api/v1/maintenance", {"uses": "data.gc", "request_id": "once"}).json["id"], first)

    def test_a_server_that_is_killed_at_it_goes_on(self):
        for n in range(1, 6):
            self.succeeds("fill", params={"n": n})
        for i in range(300):
            self.orphan(f"raw/numbers/left-{i}.parquet")
        run = self.running.begin("night")
        self.running.kill()
        self.running.start()
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(len(self.files()), 1)
        self.assertEqual(program("db", "check", "--home", self.home)[0], 0)


if __name__ == "__main__":
    unittest.main()
