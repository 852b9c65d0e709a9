"""Customers from a real PostgreSQL: ../shared/services/postgres.sh starts one; skipped, loudly, where it can't."""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from kit import Case, PROGRAM, program, wait_for

HERE = pathlib.Path(__file__).resolve().parent
SERVICE = HERE.parents[2] / "shared/services/postgres.sh"



def start_database(folder):
    """The service's environment, or None with the reason printed."""
    if not SERVICE.exists():
        print("SKIPPED: PostgreSQL, because ../shared/services isn't here", file=sys.stderr)
        return None
    os.chmod(folder, 0o755)
    began = subprocess.run([SERVICE, "start", folder], capture_output=True, text=True, timeout=120)
    if began.returncode != 0:
        print(f"SKIPPED: PostgreSQL does not start here: {(began.stderr or began.stdout).strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    told = subprocess.run([SERVICE, "env", folder], capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in told.split() if "=" in line)


class Database(Case):
    @classmethod
    def setUpClass(cls):
        cls.data = tempfile.TemporaryDirectory(prefix="millrace-pg-")
        cls.addClassCleanup(cls.data.cleanup)
        cls.facts = start_database(cls.data.name)
        if cls.facts is None:
            raise unittest.SkipTest("no PostgreSQL")
        cls.addClassCleanup(subprocess.run, [SERVICE, "stop", cls.data.name], capture_output=True)
        cls.dsn = f"host=127.0.0.1 port={cls.facts['PGPORT']} dbname=millrace user=millrace"

    def sql(self, text):
        done = subprocess.run(["psql", "-v", "ON_ERROR_STOP=1", "-qAt", self.facts["POSTGRES_URL"]], input=text, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def dag_of(self, more="", dsn=None, table="people", check=""):
        text = f'dag: people\ntasks:\n  load:\n    uses: ingest.sql\n    retry: {{attempts: 1}}\n    with:\n      connection: {{type: postgres, dsn: "{dsn or self.dsn}"{more}}}\n      table: {table}\n      into: raw.people\n{check}'
        return self.write("dags/people.yaml", text)

    def load(self, path, home=None):
        _, said, complaint = program("--json", "run", path, "--home", home or self.home, timeout=120)
        self.assertTrue(said, complaint)
        return {task["id"]: task for task in json.loads(said)["tasks"]}

class Postgres(Database):
    def test_every_kind_of_value_arrives_exactly(self):
        self.sql("""create type mood as enum ('sad', 'ok');
            create table people (id bigint, name text, price numeric(12, 3), exact numeric, seen timestamptz, born date, flags boolean, tags text[], more jsonb, mood mood);
            insert into people values (1, 'Zoë 🦊', 12345678.125, 0.12345678901234567890123, '2026-11-01 05:30:00+01', '1999-02-28', true, '{a,"b c"}', '{"k": 1}', 'ok'),
              (9007199254740993, '', null, null, null, null, null, '{}', null, null);""")
        path = self.dag_of(check="""  look:
    uses: sql.query
    needs: [load]
    with:
      into: mart.look
      sql: |
        select case when
          (select count(*) from raw.people where id = 1 and name = 'Zoë 🦊' and price = 12345678.125 and typeof(price) = 'DECIMAL(12,3)'
             and exact = '0.12345678901234567890123' and seen = timestamptz '2026-11-01 04:30:00+00' and born = date '1999-02-28' and flags
             and tags = ['a', 'b c'] and mood = 'ok' and cast(more as varchar) = '{"k": 1}') = 1
          and (select count(*) from raw.people where id = 9007199254740993 and name = '' and price is null and exact is null and seen is null and len(tags) = 0) = 1
          then 1 else error('a value is not what it was') end as fine
""")
        tasks = self.load(path)
        self.assertEqual(tasks["load"]["state"], "succeeded", tasks["load"])
        self.assertEqual(tasks["load"]["output"]["rows_out"], 2)
        self.assertEqual(tasks["look"]["state"], "succeeded", tasks["look"])

    def test_a_growing_key_loads_only_what_is_new(self):
        self.sql("create table events (id bigint, what text); insert into events select g, 'x' from generate_series(1, 10) g")
        path = self.dag_of(table="events\n      key: id")
        self.assertEqual(self.load(path)["load"]["output"]["rows_out"], 10)
        self.sql("insert into events select g, 'y' from generate_series(11, 13) g")
        self.assertEqual(self.load(path)["load"]["output"]["rows_out"], 3)
        self.assertEqual(self.load(path)["load"]["output"]["rows_out"], 0)

    def test_mistakes_are_named_and_no_secret_is_told(self):
        self.sql("create table if not exists people (id bigint)")
        secret = self.write("dags/secret.txt", "hunter2-not-the-password\n")
        missing = self.load(self.dag_of(table="nobody"))["load"]
        self.assertEqual(missing["problem"]["code"], "E5043")
        inline = self.load(self.dag_of(dsn=self.dsn + " password=hunter2-in-the-dsn"))["load"]
        self.assertEqual(inline["problem"]["code"], "E5041")
        gone = self.load(self.dag_of(f", password_file: {os.path.basename(secret)}", dsn="host=127.0.0.1 port=1 dbname=x user=y connect_timeout=2"))["load"]
        self.assertEqual(gone["problem"]["code"], "E4112")
        no_file = self.load(self.dag_of(", password_file: none.txt"))["load"]
        self.assertEqual(no_file["problem"]["code"], "E5041")
        for task in (missing, inline, gone, no_file):
            self.assertNotIn("hunter2", json.dumps(task))

    def test_a_password_is_read_from_its_file_and_told_nowhere(self):
        right, wrong = "r1ght 'pass\\word", "wr0ng-password"
        self.sql("create table vault (id bigint); insert into vault values (1); create role careful login password '%s'; grant select on vault to careful" % right.replace("'", "''"))
        rules = pathlib.Path(self.sql("show hba_file"))
        rules.write_text("host all careful 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        self.sql("select pg_reload_conf()")
        wait_for(lambda: self.sql("select count(*) from pg_hba_file_rules where auth_method = 'scram-sha-256' and error is null") == "1" and self.refused("careful"), what="the rule")
        dsn = self.dsn.replace("user=millrace", "user=careful")
        self.write("dags/right.txt", right + "\n")
        self.write("dags/wrong.txt", wrong + "\n")
        good = self.load(self.dag_of(", password_file: right.txt", dsn=dsn, table="vault"))["load"]
        self.assertEqual("succeeded", good["state"], good)
        for more in (", password_file: wrong.txt", ""):
            bad = self.load(self.dag_of(more, dsn=dsn, table="vault"))["load"]
            self.assertEqual("E4113", bad["problem"]["code"], bad)
        kept = [path for path in pathlib.Path(self.home).rglob("*") if path.is_file() and path.parent.name != "dags"]
        self.assertTrue(any(path.name == "millrace.db" for path in kept))
        for path in kept:
            for secret in (right, wrong):
                self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def refused(self, user):
        url = self.facts["POSTGRES_URL"].replace("millrace@", user + "@")
        return subprocess.run(["psql", "-w", "-c", "select 1", url], capture_output=True).returncode != 0

    def test_the_demo_has_the_same_marts_with_customers_from_postgresql(self):
        marts = {}
        for name, words in (("sqlite", []), ("postgres", ["--postgres", self.facts["POSTGRES_URL"]])):
            told = self.path(name + ".json")
            done = subprocess.run([sys.executable, str(HERE / "demo.py"), "--build", os.path.dirname(os.path.dirname(PROGRAM)), "--json", told, *words], capture_output=True, text=True, timeout=150)
            self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
            with open(told, encoding="utf-8") as file:
                marts[name] = json.load(file)["marts"]
        self.assertEqual(marts["sqlite"], marts["postgres"])
        self.assertEqual(self.sql("select count(*) > 0 from customers"), "t")


class PostgresThatGoesAway(Database):
    def test_a_database_that_goes_away_in_the_middle_publishes_nothing(self):
        self.sql("create table big as select g as id, repeat(md5(g::text), 20) as text from generate_series(1, 400000) g")
        path = self.dag_of(table="big")
        running = subprocess.Popen([PROGRAM, "--json", "run", path, "--home", self.home], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        busy = "select count(*) from pg_stat_activity where application_name <> 'psql' and query like 'SELECT %text%' and state = 'active'"
        wait_for(lambda: self.sql(busy) != "0", what="the reading")
        subprocess.run([SERVICE, "crash", self.data.name], check=True, capture_output=True)
        said, complaint = running.communicate(timeout=60)
        task = json.loads(said)["tasks"][0]
        self.assertEqual(task["state"], "failed", complaint)
        store = sqlite3.connect(os.path.join(self.home, "millrace.db"))
        self.addCleanup(store.close)
        self.assertEqual(store.execute("select count(*) from snapshot").fetchone(), (0,))


if __name__ == "__main__":
    unittest.main()
