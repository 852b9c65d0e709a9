"""A worker of version 1.0 against the server of today: it gets work that asks for what it never heard of, and is understood; another protocol is refused."""
import os
import subprocess
import unittest

from kit import BUILD, Case, program, wait_for

WORKER = os.path.join(BUILD, "tests", "wire_worker_1_0")
DAG = """
dag: old
tasks:
  first: {uses: shell.run, with: {run: "echo never run"}}
  second: {uses: shell.run, needs: [first], runs_on: {cpu: 1}, with: {run: "echo never run"}}
"""


class Wire(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/old.yaml", DAG)
        self.running = self.server("--workers", "0")
        self.running.start()

    def worker(self, protocol):
        process = subprocess.Popen([WORKER, self.running.facts["rpc"], "veteran", str(protocol)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def test_it_works_reports_and_leaves(self):
        worker = self.worker(1)
        self.assertEqual(worker.stdout.readline(), "welcome 1\n")
        run = self.running.begin("old")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        lines = wait_for(lambda: self.running.get(f"/api/v1/runs/{run}/tasks/second/attempts/1/log").json["lines"], what="its log")
        self.assertEqual([line["text"] for line in lines], ["from long ago"])
        code, _, complaint = program("workers", "drain", "veteran", "--server", self.running.facts["rpc"])
        self.assertEqual(code, 0, complaint)
        self.assertEqual(worker.stdout.read().split("\n")[:-1], ["lease first", "acknowledged", "lease second", "acknowledged", "drained"])
        self.assertEqual(worker.wait(20), 0)

    def test_one_of_a_protocol_that_nobody_here_speaks_is_told_so(self):
        for protocol in (0, 99):
            worker = self.worker(protocol)
            said = worker.stdout.readline()
            self.assertTrue(said.startswith("refused E3002 the worker speaks protocol"), said)
            worker.wait(20)


if __name__ == "__main__":
    unittest.main()
