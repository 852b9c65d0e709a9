"""The disk of the store fills up: commands are refused clearly, nothing is lost, and the work goes on when there is room again."""
import os
import subprocess
import tempfile
import unittest

from kit import Case, program, wait_for


def mount(folder):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False).returncode == 0


def may_mount():
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0 or not mount(folder):
            return False
        subprocess.run(["umount", folder], check=True)
        return True


@unittest.skipUnless(may_mount(), "no right to mount a small disk here: what happens when the disk is full is NOT TESTED")
class DiskFull(Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.home)
        self.assertTrue(mount(self.home))
        self.addCleanup(subprocess.run, ["umount", "-l", self.home], check=False)

    def fill(self):
        with open(os.path.join(self.home, "ballast"), "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def test_a_full_disk_refuses_clearly_loses_nothing_and_heals_by_itself(self):
        again = "    retry: {attempts: 50, delay: 1s}\n"
        self.dag("held", {"hold": (f"while ! test -e {self.path('go')}; do sleep 0.05; done\necho end >> {self.path('ends')}", [], again)})
        self.dag("small", {"a": ("echo small", [], again)})
        server = self.server().start()
        held = server.begin("held")
        wait_for(lambda: server.task(held, "hold")["state"] == "running", what="the held task")
        accepted = [held]
        for _ in range(100):
            self.fill()
            answer = server.post("/api/v1/dags/small/runs")
            if answer.status != 201:
                break
            accepted.append(answer.json["id"])
        self.assertEqual((answer.status, answer.json["code"]), (503, "E2005"), answer.body)
        self.assertTrue(answer.json["hint"])
        self.touch("go")
        wait_for(lambda: self.lines("ends"), what="the held command's end")
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertEqual(server.run(held)["state"], "running")
        os.remove(os.path.join(self.home, "ballast"))
        for run in accepted:
            self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(self.lines("ends"), ["end"])
        fresh = server.begin("small")
        self.assertEqual(server.end_of(fresh)["state"], "succeeded")
        listed = [run["id"] for run in server.get("/api/v1/runs?limit=1000").json["items"]]
        self.assertEqual(sorted(listed), sorted([*accepted, fresh]))

    def test_a_server_does_not_start_on_a_full_disk_and_says_why(self):
        server = self.server().start()
        self.assertEqual(server.stop()[0], 0)
        self.fill()
        code, _, said = program("serve", "--home", self.home, "--dags", self.dags, "--http-port", 0, "--rpc-port", 0)
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"E2005 .*millrace\.db: the store refused.*look at the disk")
        os.remove(os.path.join(self.home, "ballast"))
        server.start()

    def fails_with(self, run, task, code):
        """The attempt has failed by this code, and says what to do."""
        def failed():
            attempts = self.running.task(run, task).get("attempts", [])
            return next((attempt["error"] for attempt in attempts if attempt["state"] == "failed"), None)
        error = wait_for(failed, 60, "a failed attempt")
        self.assertEqual(error["code"], code, error)
        self.assertTrue(error["hint"], error)

    def files(self):
        return sorted(name for _, _, names in os.walk(os.path.join(self.home, "data")) for name in names if name.endswith(".parquet"))

    def rows(self, dataset):
        answer = self.running.get(f"/api/v1/datasets/{dataset}/rows")
        return None if answer.status == 404 else sorted(int(row["n"]) for row in answer.json["rows"])

    def test_rows_that_do_not_fit_are_not_published_and_land_once_when_they_do(self):
        again = "retry: {attempts: 100, delay: 200ms, on: [transient, lost, resource]}"
        self.write("in/a.csv", "n\n1\n2\n")
        self.write("dags/load.yaml", f"dag: load\ntasks:\n  load: {{uses: ingest.files, {again}, with: {{from: '{self.path('in')}/*.csv', format: csv, into: raw.n, schema: {{n: BIGINT}}}}}}\n")
        self.write("dags/big.yaml", "dag: big\ntasks:\n  big: {uses: sql.query, with: {into: mart.big, mode: replace, sql: 'select i as n, md5(i::varchar) as noise from range(1000000) t(i)'}}\n")
        self.running = self.server().start()
        self.assertEqual(self.running.end_of(self.running.begin("load"))["state"], "succeeded")
        before = self.files()
        # More rows than there is room for: whatever was written of them is gone again.
        run = self.running.begin("big")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        self.fails_with(run, "big", "E5002")
        self.assertEqual((self.rows("mart.big"), self.files()), (None, before))
        # No room at all, for the store neither: what was loaded waits with its worker, and is there once.
        self.write("in/b.csv", "n\n3\n")
        run = self.running.begin("load")
        self.fill()
        wait_for(lambda: self.running.get("/healthz").status == 200, what="a server that lives")
        self.assertIn(self.rows("raw.n"), ([1, 2], [1, 2, 3]), "whole or not at all")
        os.remove(os.path.join(self.home, "ballast"))
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.rows("raw.n"), [1, 2, 3])


if __name__ == "__main__":
    unittest.main()
