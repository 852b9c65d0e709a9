"""Isolation `thread`: attempts in the worker itself, which of them are, and what becomes of one that does not stop."""
import pathlib
import signal
import unittest

from kit import Case, Worker, program, wait_for

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "dags/examples"
PLACES = """
dag: places
tasks:
  sums: {uses: file.checksum, with: {path: here.txt}}
  asks_for_memory: {uses: file.checksum, runs_on: {memory: 256MiB}, with: {path: here.txt}}
  command: {uses: shell.run, with: {run: 'kill -TERM $$; true'}}
"""
# The expression never ends and takes no memory; nobody asks meanwhile whether it is cancelled.
ENDLESS = """
dag: endless
tasks:
  turns: {uses: file.checksum, with: {path: "{{ last(range(1e15)) }}"}}
"""
FINE = "dag: fine\ntasks: {sums: {uses: file.checksum, with: {path: here.txt}}}\n"


class Threads(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/here.txt", "something\n")
        for name, text in (("places", PLACES), ("endless", ENDLESS), ("fine", FINE)):
            self.write(f"dags/{name}.yaml", text)

    def test_an_example_of_real_data_runs_in_threads(self):
        code, said, complaint = program("run", EXAMPLES / "csv_to_parquet.yaml", "--home", self.home, "--isolation", "thread")
        self.assertEqual(code, 0, said + complaint)
        self.assertRegex(said, "by_country +succeeded")

    def worker(self, *words):
        worker = Worker(self.running, "w1", self.folder, "--isolation", "thread", "--verbose", *words)
        self.addCleanup(worker.clean)
        wait_for(lambda: self.running.workers()["w1"]["state"] == "connected", what="the worker")
        return worker

    def places(self, worker):
        run = self.running.begin("places")
        self.running.end_of(run)
        lines = [line.partition(" of ")[2] for line in worker.said().splitlines() if " debug " in line and " runs in a " in line]
        return {task["id"]: task["state"] for task in self.running.run(run)["tasks"]}, sorted(lines)

    def test_the_worker_says_where_an_attempt_runs_and_why(self):
        self.running = self.server("--workers", 0).start()
        states, lines = self.places(self.worker())
        self.assertEqual(states, {"sums": "succeeded", "asks_for_memory": "succeeded", "command": "failed"}, "a command can be ended by SIGTERM")
        self.assertEqual(lines, ["file.checksum runs in a process: its memory is limited", "file.checksum runs in a thread",
                                 "shell.run runs in a process: its operator says that it is not for threads"])

    def test_only_plugins_that_are_trusted_run_in_threads(self):
        self.running = self.server("--workers", 0).start()
        _, lines = self.places(self.worker("--trust-plugin", "sql"))
        self.assertEqual(lines.count("file.checksum runs in a process: its plugin is not among the trusted ones"), 2, lines)

    def test_one_that_does_not_stop_ends_its_worker_and_the_server_starts_another(self):
        self.running = self.server("--isolation", "thread", "--lease", "2s").start()
        first = self.running.read_facts()["workers"][0]
        run = self.running.begin("endless")
        wait_for(lambda: self.running.task(run, "turns")["state"] == "running", what="the endless attempt")
        self.running.post(f"/api/v1/runs/{run}/cancel")
        self.assertEqual(self.running.end_of(run)["state"], "cancelled")
        lines = self.running.get(f"/api/v1/runs/{run}/tasks/turns/attempts/1/log").json["lines"]
        self.assertTrue(any("E3015" in line["text"] for line in lines), lines)
        self.assertEqual(self.running.end_of(self.running.begin("fine"))["state"], "succeeded")
        self.assertNotEqual(self.running.read_facts()["workers"][0], first)
        self.assertEqual(self.running.stop()[0], 0)

    def test_its_exit_code_says_so(self):
        self.running = self.server("--workers", 0).start()
        worker = self.worker()
        run = self.running.begin("endless")
        wait_for(lambda: self.running.task(run, "turns")["state"] == "running", what="the endless attempt")
        for _ in range(2):  # no more, and no longer
            worker.process.send_signal(signal.SIGTERM)
            wait_for(lambda: "drains" in worker.said(), what="the drain")
        self.assertEqual(worker.process.wait(30), 5)
        self.assertIn("E3015", worker.said())


if __name__ == "__main__":
    unittest.main()
