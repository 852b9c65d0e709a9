"""Landing files that are not as they should be: each gives a clear error, and nothing is lost or loaded by half."""
import gzip
import json
import os
import pathlib
import sqlite3
import subprocess
import threading
import unittest

from kit import Case

DAG = """
dag: load
tasks:
  orders:
    uses: ingest.files
    retry: {attempts: 1}
    with: {from: "%(landing)s/*", format: csv, into: raw.orders%(more)s}
"""

GOOD = "id,name,amount\n1,Ada,10.50\n2,Zoë,3.25\n"


class Landing(Case):
    def setUp(self):
        super().setUp()
        self.landing = pathlib.Path(self.path("landing"))
        self.landing.mkdir()

    def serve(self, more=""):
        self.write("dags/load.yaml", DAG % {"landing": self.landing, "more": more})
        server = self.server()
        server.start()
        return server

    def load(self, server):
        """The run's state, the task's output, and the error of its last attempt."""
        run = server.begin("load")
        state = server.end_of(run)["state"]
        task = server.task(run, "orders")
        return state, task["output"] or {}, task["attempts"][-1].get("error", {})

    def rows(self, server, dataset):
        items = {d["name"]: d["rows"] for d in server.get("/api/v1/datasets").json["items"]}
        return items.get(dataset, 0)

    def test_a_good_file_is_loaded_once(self):
        (self.landing / "a.csv").write_text(GOOD, encoding="utf-8")
        server = self.serve()
        state, output, _ = self.load(server)
        self.assertEqual(("succeeded", 2, 2, 0), (state, output["rows_in"], output["rows_out"], output["rows_rejected"]))
        state, output, _ = self.load(server)
        self.assertEqual(("succeeded", 0), (state, output["rows_in"]))
        self.assertEqual(2, self.rows(server, "raw.orders"))

    def arrive(self, name, text, changed):
        """A file that changed last so many seconds after 1970."""
        path = self.landing / name
        path.write_text(text, encoding="utf-8")
        os.utime(path, (changed, changed))

    def positions(self):
        """The keys of the source, of a server that is stopped."""
        with sqlite3.connect(os.path.join(self.home, "millrace.db")) as store:
            return {key: json.loads(value) for key, value in store.execute("SELECT key, value FROM position WHERE source = 'ingest.files:raw.orders'")}

    def test_a_source_of_400000_files_becomes_smaller_and_loads_each_once(self):
        """core/doc/decisions/0036"""
        new, old = 2_000_000_000, 1_000_000_000
        self.arrive("first.csv", GOOD, new)
        server = self.serve()
        self.assertEqual(self.load(server)[0], "succeeded")
        self.assertEqual(server.stop()[0], 0)
        with sqlite3.connect(os.path.join(self.home, "millrace.db")) as store:
            store.executemany("INSERT INTO position VALUES ('ingest.files:raw.orders', ?, ?, 1, 1, 0)",
                              ((f"{self.landing}/old-{i:06}.csv", json.dumps({"size": len(GOOD.encode()), "mtime_ns": (old + i) * 10**9})) for i in range(400_000)))
        self.arrive("old-000005.csv", GOOD, old + 5)
        server.start()
        for i in range(1, 6):
            self.arrive(f"new-{i}.csv", f"id,name,amount\n{i},Eve,1.00\n", new + i)
            state, output, error = self.load(server)
            self.assertEqual((state, output.get("rows_out")), ("succeeded", 1), error)
            self.assertEqual(output["files_behind_mark"], 0 if i == 1 else 1, "old-000005.csv was forgotten with the first run")
        self.arrive("late.csv", GOOD, old + 6)  # from before the mark: nobody can tell it from one that was loaded
        state, output, _ = self.load(server)
        self.assertEqual((state, output["rows_out"], output["files_behind_mark"]), ("succeeded", 0, 2))
        self.assertEqual(2 + 5, self.rows(server, "raw.orders"))
        self.assertEqual(server.stop()[0], 0)
        kept = self.positions()
        mark = kept.pop("/")
        kept.pop("", None)  # how the files are written
        self.assertEqual(len(kept), 100_000)
        self.assertEqual(mark, {"files": 300_006, "until_ns": (old + 300_005) * 10**9})
        self.assertTrue({f"{self.landing}/{name}.csv" for name in ("first", "new-1", "new-5", "old-300006", "old-399999")} <= set(kept))

    def test_a_file_cut_in_the_middle_is_refused_whole(self):
        whole = gzip.compress((GOOD + "3,Eve,1.00\n" * 5000).encode())
        (self.landing / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
        server = self.serve()
        state, _, error = self.load(server)
        self.assertEqual(("failed", "E5034"), (state, error["code"]))
        self.assertIn("a.csv.gz", error["where"])
        self.assertEqual(0, self.rows(server, "raw.orders"))
        (self.landing / "a.csv.gz").write_bytes(whole)
        self.assertEqual("succeeded", self.load(server)[0])
        self.assertEqual(5002, self.rows(server, "raw.orders"))

    def test_latin_1_is_named_with_its_remedy(self):
        (self.landing / "a.csv").write_bytes(GOOD.encode("latin-1"))
        server = self.serve()
        state, _, error = self.load(server)
        self.assertEqual(("failed", "E5035"), (state, error["code"]))
        self.assertIn("encoding: latin-1", error["hint"])
        self.assertNotIn("Zo", error["what"])
        server.stop()
        server = self.serve(", encoding: latin-1")
        self.assertEqual("succeeded", self.load(server)[0])

    def test_a_file_that_changed_after_it_was_loaded_is_an_error(self):
        (self.landing / "a.csv").write_text(GOOD, encoding="utf-8")
        server = self.serve()
        self.assertEqual("succeeded", self.load(server)[0])
        (self.landing / "a.csv").write_text(GOOD + "3,Eve,1.00\n", encoding="utf-8")
        state, _, error = self.load(server)
        self.assertEqual(("failed", "E5031"), (state, error["code"]))
        self.assertEqual(2, self.rows(server, "raw.orders"))

    def test_broken_rows_stand_in_quarantine_and_the_counts_add_up(self):
        (self.landing / "a.csv").write_text(GOOD + "three,Eve,1.00\n4,Bob,2.00,too many\n", encoding="utf-8")
        server = self.serve(", schema: {id: BIGINT, name: VARCHAR, amount: 'DECIMAL(18,2)'}")
        state, output, _ = self.load(server)
        self.assertEqual(("succeeded", 4, 2, 2), (state, output["rows_in"], output["rows_out"], output["rows_rejected"]))
        self.assertEqual(2, self.rows(server, "quarantine.orders"))

    def test_a_file_that_changes_while_it_is_read_is_not_loaded(self):
        path = self.landing / "a.csv"
        path.write_text(GOOD, encoding="utf-8")
        server = self.serve()
        done = threading.Event()

        def grow():
            with open(path, "a", encoding="utf-8") as file:
                while not done.is_set():
                    file.write("9,Late,1.00\n")
                    file.flush()

        writer = threading.Thread(target=grow)
        writer.start()
        try:
            state, _, error = self.load(server)
        finally:
            done.set()
            writer.join()
        self.assertEqual(("failed", "E5038", "transient"), (state, error["code"], error["class"]))
        self.assertEqual(0, self.rows(server, "raw.orders"))
        self.assertEqual("succeeded", self.load(server)[0])
        self.assertEqual(path.read_text(encoding="utf-8").count("\n") - 1, self.rows(server, "raw.orders"))

    def test_a_missing_column_is_drift(self):
        (self.landing / "a.csv").write_text("id,name\n1,Ada\n", encoding="utf-8")
        server = self.serve(", schema: {id: BIGINT, name: VARCHAR, amount: DOUBLE}")
        state, _, error = self.load(server)
        self.assertEqual(("failed", "E5033"), (state, error["code"]))
        self.assertIn("amount", error["what"])

    def test_a_full_disk_while_staging_publishes_nothing_and_leaves_nothing(self):
        data = pathlib.Path(self.home) / "data"
        data.mkdir(parents=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(data)], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("SKIPPED: a small disk can't be mounted here: " + mounted.stderr.decode())
        self.addCleanup(subprocess.run, ["umount", "-l", str(data)], check=False)
        rows = "".join(f"{i},{os.urandom(24).hex()},{i}.25\n" for i in range(20_000))
        (self.landing / "a.csv").write_text("id,name,amount\n" + rows)
        server = self.serve()
        state, _, error = self.load(server)
        self.assertEqual(("failed", "E5002", "resource"), (state, error["code"], error["class"]))
        self.assertEqual(0, self.rows(server, "raw.orders"))
        self.assertEqual([], [f for _, _, files in os.walk(data) for f in files])
        subprocess.run(["mount", "-o", "remount,size=64m", str(data)], check=True)
        self.assertEqual("succeeded", self.load(server)[0])
        self.assertEqual(20_000, self.rows(server, "raw.orders"))

    def test_files_that_are_still_written_are_left_alone(self):
        (self.landing / "a.csv").write_text(GOOD, encoding="utf-8")
        (self.landing / "b.csv.part").write_text("half a", encoding="utf-8")
        server = self.serve()
        self.assertEqual("succeeded", self.load(server)[0])
        self.assertEqual(2, self.rows(server, "raw.orders"))


if __name__ == "__main__":
    unittest.main()
