"""A rolling restart under load: the server twice, each worker once, one after the other. No attempt is lost, none is made twice."""
import os
import signal
import sqlite3
import subprocess
import unittest

from kit import PROGRAM, Case, descendants, kill, program, wait_for

ITEMS = 150


class Upgrade(Case):
    def setUp(self):
        super().setUp()
        self.started = 0
        self.ran = self.path("ran")
        os.mkdir(self.ran)
        self.write("dags/load.yaml", f"""
dag: load
concurrency: {{tasks: 16}}
tasks:
  each: {{uses: shell.run, foreach: {ITEMS}, max_parallel: 8, with: {{run: "echo {{{{ .index }}}} >> {self.ran}/{{{{ .index }}}}; sleep 0.2"}}}}
""")
        self.running = self.server("--workers", "0")
        self.running.start()

    def worker(self):
        self.started += 1
        name = f"w{self.started}"
        process = subprocess.Popen([PROGRAM, "worker", "--server", self.running.facts["rpc"], "--name", name, "--slots", "4", "--scratch", self.path(f"scratch-{name}")],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(lambda: process.poll() is not None or ([kill(pid) for pid in descendants(process.pid)], kill(process.pid), process.wait()))
        wait_for(lambda: self.running.workers()[name]["state"] == "connected", what=name)
        return name, process

    def ended(self):
        return len(os.listdir(self.ran))

    def progress(self, by):
        goal = min(ITEMS, self.ended() + by)
        wait_for(lambda: self.ended() >= goal, 60, f"{goal} items")

    def restart_server(self):
        self.running.stop()
        self.running.start()

    def test_no_attempt_is_lost(self):
        first, second = self.worker(), self.worker()
        run = self.running.begin("load")
        self.progress(10)
        self.restart_server()
        self.progress(20)
        third = self.worker()
        first[1].send_signal(signal.SIGTERM)  # a worker that is asked to stop finishes what it runs
        self.assertEqual(first[1].wait(30), 0)
        self.progress(20)
        code, _, complaint = program("workers", "drain", second[0], "--server", self.running.facts["rpc"])  # and one that the server sends home
        self.assertEqual(code, 0, complaint)
        self.assertEqual(second[1].wait(30), 0)
        self.progress(10)
        self.restart_server()
        end = self.running.end_of(run)
        self.assertEqual(end["state"], "succeeded")
        for number in range(ITEMS):
            with open(os.path.join(self.ran, str(number)), encoding="utf-8") as file:
                self.assertEqual(file.read(), f"{number}\n", "each item ran once")
        with sqlite3.connect(f"file:{self.home}/millrace.db?mode=ro", uri=True) as store:
            attempts = dict(store.execute("SELECT state, COUNT(*) FROM attempt GROUP BY state"))
        attempts.pop("cancelled", 0)  # handed back before it began
        self.assertEqual(attempts, {"succeeded": ITEMS})
        third[1].send_signal(signal.SIGTERM)
        self.assertEqual(third[1].wait(30), 0)


if __name__ == "__main__":
    unittest.main()
