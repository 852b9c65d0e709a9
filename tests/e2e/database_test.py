"""sql.run from outside: Dags with mistakes, secrets that are told nowhere, and workers that die at the wrong moment."""
import glob
import json
import os
import sqlite3
import unittest

from kit import Case, descendants, kill, program, wait_for

SECRET = "s3cr3t'pw-51c9"


def dag(name, config, more=""):
    return f"dag: {name}\ntasks:\n  sql:\n    uses: sql.run\n{more}    with: {json.dumps(config)}\n"


class Mistakes(Case):
    def validated(self, **config):
        path = self.write("dags/wrong.yaml", dag("wrong", {"connection": "sqlite:a.db", "sql": "select 1", **config}))
        _, said, complaint = program("validate", path)
        return said + complaint

    def test_mistakes_of_the_config_are_found_without_a_database(self):
        self.assertIn("did you mean 'transaction'?", self.validated(transction="one"))
        self.assertIn("transaction", self.validated(transaction="two"))
        self.assertIn("rows", self.validated(rows=5000))
        self.assertIn("connection", self.validated(connection="oracle://u@h/d"))
        self.assertIn("timeout", self.validated(timeout="soon"))

    def test_a_password_in_the_connection_is_refused_and_not_repeated(self):
        path = self.write("dags/inline.yaml", dag("inline", {"connection": "postgresql://u:hunter2-inline@127.0.0.1:1/d", "sql": "select 1"}, "    retry: {attempts: 1}\n"))
        _, said, complaint = program("--json", "run", path, "--home", self.home)
        problem = json.loads(said)["tasks"][0]["problem"]
        self.assertEqual("E4111", problem["code"], complaint)
        self.assertNotIn("hunter2", json.dumps(problem))


class Secrets(Case):
    def test_a_password_is_told_nowhere(self):
        self.write("home/secrets/db", SECRET + "\n")
        os.chmod(self.path("home/secrets/db"), 0o600)
        # Nobody listens there, and the ODBC driver is none: both complain about the connection.
        for name, connection in (("far", "postgresql://u@127.0.0.1:1/d"), ("mysql", "mysql://u@127.0.0.1:1/d"), ("odbc", "odbc:Driver=None;UID=u")):
            config = {"connection": connection, "password": '{{ secret("db") }}', "sql": "select 1"}
            self.write(f"dags/{name}.yaml", dag(name, config, "    retry: {attempts: 1}\n"))
        running = self.server()
        running.start()
        texts = []
        for name, code in (("far", "E4112"), ("mysql", "E4112"), ("odbc", "E4113")):
            run = running.begin(name)
            self.assertEqual("failed", running.end_of(run)["state"])
            self.assertEqual(code, running.task(run, "sql")["attempts"][-1]["error"]["code"], name)
            texts += [running.get(f"/api/v1/runs/{run}/tasks/sql").body.decode(), running.get(f"/api/v1/runs/{run}/tasks/sql/attempts/1/log").body.decode()]
        running.kill()
        for path in glob.glob(f"{self.home}/**", recursive=True):
            if os.path.isfile(path) and "/secrets/" not in path:
                with open(path, "rb") as file:
                    texts.append(file.read().decode("latin-1"))
        for text in texts:
            self.assertNotIn(SECRET, text)
            self.assertNotIn("pw-51c9", text)


class Once(Case):
    def rows(self, sql):
        store = sqlite3.connect(self.path("shop.db"), timeout=20)
        try:
            return store.execute(sql).fetchall()
        finally:
            store.close()

    def test_an_attempt_that_dies_and_one_that_comes_again_run_nothing_twice(self):
        store = sqlite3.connect(self.path("shop.db"))
        with store:
            store.execute("create table account (points integer)")
            store.execute("insert into account values (0)")
        store.close()
        # The recursive query is what the attempt is busy with while its transaction stands; the statements commit together at its end.
        busy = "with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000000) select count(*) from c"
        config = {"connection": "sqlite:" + self.path("shop.db"), "sql": f"update account set points = points + 10; {busy}", "once": True}
        self.write("dags/pay.yaml", dag("pay", config, "    retry: {attempts: 5, delay: 10ms}\n"))
        running = self.server()
        running.start()
        run = running.begin("pay")
        # In the middle, with the first statement done: it is rolled back, and the task is tried again.
        wait_for(lambda: "statement 1 of 2" in running.get(f"/api/v1/runs/{run}/tasks/sql/attempts/1/log").body.decode(), what="the first statement")
        for pid in filter(self.has_the_plugin, descendants(running.process.pid)):
            kill(pid)
        self.assertEqual("succeeded", running.end_of(run, 120)["state"])
        task = running.task(run, "sql")
        self.assertEqual((False, 1), (task["output"]["repeated"], task["output"]["rows_affected"]))
        self.assertGreater(len(task["attempts"]), 1)
        self.assertEqual([(10,)], self.rows("select points from account"))
        self.assertEqual([("sql",)], self.rows("select task from millrace_once"))
        # The same task again, as after a report that was lost: it does nothing, and tells the same.
        self.assertEqual(200, running.post(f"/api/v1/runs/{run}/tasks/sql/clear", {}).status)
        again = wait_for(lambda: (lambda one: one if one["state"] == "succeeded" and one["output"]["repeated"] else None)(running.task(run, "sql")), what="the second answer")
        self.assertEqual(task["output"]["statements"], again["output"]["statements"])
        self.assertEqual([(10,)], self.rows("select points from account"))

    @staticmethod
    def has_the_plugin(pid):
        try:
            with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
                return "millrace-database.so" in file.read()
        except OSError:
            return False


if __name__ == "__main__":
    unittest.main()
