"""The store checked, copied and replayed while a server works, and a doctor that finds what was planted."""
import json
import os
import sqlite3
import unittest

from kit import Case, program, wait_for

DAG = """
dag: work
concurrency: {runs: 9}
tasks:
  load: {uses: sql.query, with: {sql: "select unnest(range(3)) as n", into: raw.numbers}}
  each: {uses: shell.run, needs: [load], foreach: 5, max_parallel: 2, tolerate: {failures: 2}, retry: {attempts: 2, delay: 10ms}, with: {run: "test {{ .item }} -ne 3"}}
  wait: {uses: core.wait, needs: [each], with: {for: 200ms}}
  maybe: {uses: shell.run, needs: [wait], if: "{{ .tasks.each.output.failed > 3 }}", with: {run: "true"}}
finally: [{uses: shell.run, with: {run: "true"}}]
"""
NOWHERE = "dag: nowhere\ntasks: {t: {uses: shell.run, runs_on: {labels: [gpu]}, with: {run: 'true'}}}\n"


class Doctor(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/work.yaml", DAG)
        self.write("dags/nowhere.yaml", NOWHERE)
        self.running = self.server("--slots", "4")
        self.running.start()
        self.run_id = self.running.begin("work")
        self.assertEqual(self.running.end_of(self.run_id)["state"], "succeeded")

    def db(self, *words):
        return program("--json", "db", *words, "--home", self.home)

    def change(self, sql):
        with sqlite3.connect(os.path.join(self.home, "millrace.db")) as store:
            store.execute(sql)

    def test_a_whole_store_is_found_whole_copied_and_replayed_while_the_server_works(self):
        self.running.begin("work")
        code, out, said = self.db("check")
        self.assertEqual((code, json.loads(out)["findings"]), (0, []), said)
        code, out, said = self.db("backup", "--to", self.path("copy.db"))
        self.assertEqual(code, 0, said)
        self.assertEqual(self.db("backup", "--to", self.path("copy.db"))[0], 1, "nothing is overwritten")
        code, out, said = self.db("replay")
        self.assertEqual(code, 0, out + said)
        self.assertGreater(json.loads(out)["events"], 20)
        self.running.kill()
        os.makedirs(self.path("second"))
        os.rename(self.path("copy.db"), self.path("second/millrace.db"))
        code, out, said = program("--json", "db", "replay", "--home", self.path("second"), "--run", self.run_id)
        self.assertEqual((code, json.loads(out)["runs"]), (0, 1), said)

    def test_what_was_planted_in_the_store_is_found(self):
        self.running.kill()
        planted = {
            "UPDATE task_run SET state = 'ready' WHERE task = 0": "its task 0 is ready",
            "UPDATE total SET value = value + 1 WHERE name = 'runs.succeeded'": "the counter runs.succeeded",
            "UPDATE data_file SET bytes = bytes + 1": "bytes instead of",
            "UPDATE snapshot SET rows = rows + 1": "rows in",
        }
        for sql in planted:
            self.change(sql)
        code, out, _ = self.db("check")
        found = json.dumps(json.loads(out)["findings"])
        self.assertEqual(code, 1)
        for sentence in planted.values():
            self.assertIn(sentence, found)
        code, out, _ = self.db("replay")
        self.assertEqual(code, 1)
        self.assertIn("task load is ready, and replayed succeeded", out)

    def test_the_doctor_finds_what_hinders_runs(self):
        code, out, said = program("doctor", "--home", self.home, "--dags", self.dags)
        self.assertEqual((code, out.splitlines()[-1]), (0, "nothing is wrong"), out + said)
        stuck = self.running.begin("nowhere")
        wait_for(lambda: "lacks label gpu" in self.running.task(stuck, "t")["why"], what="the reason")
        self.write("dags/broken.yaml", "dag: broken\ntaks: {}\n")
        code, out, _ = program("doctor", "--home", self.home, "--dags", self.dags)
        self.assertEqual(code, 1)
        self.assertIn("task 't' can't start", out)
        self.assertIn("did you mean 'tasks'?", out)
        self.running.kill()
        code, out, _ = program("doctor", "--home", self.path("elsewhere"))
        self.assertEqual(code, 1)
        self.assertIn("there is no store yet", out)


if __name__ == "__main__":
    unittest.main()
