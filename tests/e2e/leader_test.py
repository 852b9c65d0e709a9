"""Two servers on one home: one leads, the other stands by; killed or stopped, the leader is replaced, and can't write any more."""
import json
import os
import signal
import sqlite3
import subprocess
import unittest

from kit import PROGRAM, Case, descendants, free_port, kill, program, wait_for

CHAIN = """
dag: chain
tasks:
  first: {uses: shell.run, with: {run: "echo first >> RAN; sleep 1"}}
  second: {uses: shell.run, needs: [first], with: {run: "echo second >> RAN; sleep 1"}}
  wait: {uses: core.wait, needs: [second], with: {for: 3s}}
  last: {uses: shell.run, needs: [wait], with: {run: "echo last >> RAN"}}
"""


class Leader(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/chain.yaml", CHAIN.replace("RAN", self.path("ran.txt")))
        self.ports = [free_port(), free_port()]
        self.servers = []

    def serve(self, number, *words):
        """A server of this home; server.json is the leader's."""
        with open(self.path(f"server-{number}.out"), "ab") as output:
            process = subprocess.Popen([PROGRAM, "serve", "--home", self.home, "--dags", self.dags, "--http-port", "0", "--rpc-port", str(self.ports[number]), "--workers", "0", "--lease", "2s",
                                        "--leader-lease", "2s", *words], stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)
        self.servers.append(process)
        self.addCleanup(lambda: (kill(process.pid, signal.SIGCONT), [kill(pid) for pid in descendants(process.pid)], kill(process.pid), process.wait()))
        return process

    def worker(self):
        servers = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        process = subprocess.Popen([PROGRAM, "worker", "--server", servers, "--name", "w", "--slots", "2", "--scratch", self.path("scratch")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(lambda: ([kill(pid) for pid in descendants(process.pid)], kill(process.pid), process.wait()))

    def leader(self):
        with open(os.path.join(self.home, "server.json"), encoding="utf-8") as file:
            return json.load(file)

    def leads(self, process, deadline=30):
        wait_for(lambda: self.leader()["pid"] == process.pid and program("runs", "list", "--server", self.leader()["rpc"])[0] == 0, deadline, "the lead")

    def epoch(self):
        with sqlite3.connect(f"file:{self.home}/millrace.db?mode=ro", uri=True) as store:
            return store.execute("SELECT epoch FROM leader").fetchone()[0]

    def begin(self):
        code, out, said = program("start", "--server", self.leader()["rpc"], "chain")
        self.assertEqual(code, 0, said)
        return out.strip()

    def task(self, run, task):
        code, out, _ = program("--json", "task", "--server", self.leader()["rpc"], run, task)
        return json.loads(out) if code == 0 else {"state": ""}

    def state(self, run):
        code, out, _ = program("--json", "runs", "show", "--server", self.leader()["rpc"], run)
        return json.loads(out)["state"] if code == 0 else ""

    def ran(self):
        with open(self.path("ran.txt"), encoding="utf-8") as file:
            return file.read().split()

    def test_the_standby_takes_over_from_a_killed_leader_and_nothing_runs_twice(self):
        first = self.serve(0)
        self.leads(first)
        second = self.serve(1, "--standby")
        self.worker()
        run = self.begin()
        wait_for(lambda: self.task(run, "wait")["state"] == "asleep", what="the wait")
        self.assertIsNone(second.poll())
        kill(first.pid)
        self.leads(second)
        wait_for(lambda: self.state(run) == "succeeded", what="the end")
        self.assertEqual(self.ran(), ["first", "second", "last"])

    def test_a_leader_that_was_stopped_writes_nothing_when_it_wakes(self):
        first = self.serve(0)
        self.leads(first)
        epoch = self.epoch()
        second = self.serve(1, "--standby")
        run = self.begin()  # no worker yet: it waits
        os.kill(first.pid, signal.SIGSTOP)
        self.leads(second)
        self.assertGreater(self.epoch(), epoch)
        self.worker()
        wait_for(lambda: self.state(run) == "succeeded", what="the end")
        before = self.epoch()
        os.kill(first.pid, signal.SIGCONT)
        wait_for(lambda: first.poll() is not None, what="the old leader's end")
        self.assertEqual(first.returncode, 4)
        with open(self.path("server-0.out"), encoding="utf-8") as file:
            self.assertIn("E2023", file.read())
        self.assertEqual((self.epoch(), self.ran()), (before, ["first", "second", "last"]))
        code, out, said = program("--json", "db", "check", "--home", self.home)
        self.assertEqual((code, json.loads(out)["findings"]), (0, []), said)
        self.assertEqual(program("--json", "db", "replay", "--home", self.home)[0], 0)

    def test_a_second_server_that_does_not_stand_by_is_told_who_leads(self):
        self.leads(self.serve(0))
        second = self.serve(1)
        self.assertEqual(second.wait(20), 1)
        with open(self.path("server-1.out"), encoding="utf-8") as file:
            self.assertIn(f"another server works on this data folder: the one at 127.0.0.1:{self.ports[0]}", file.read())


if __name__ == "__main__":
    unittest.main()
