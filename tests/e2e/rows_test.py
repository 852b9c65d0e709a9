"""Rows of datasets for plugins without a library of their own: the pinned ones, in bounded memory, and nothing of it before it is asked for."""
import os
import subprocess
import unittest

from kit import BUILD, Case, wait_for

PLUGINS = os.path.join(BUILD, "tests", "plugins")
MIB = 1 << 20

FILL = """dag: {name}
tasks:
  numbers:
    uses: sql.query
    with: {{into: raw.numbers, mode: replace, sql: "{sql}"}}
"""
SUM = """dag: sum
tasks:
  sum:
    uses: trial.sum
    retry: {{attempts: 2, delay: 10ms}}
    with: {{from: raw.numbers, column: i{more}}}
"""


class Rows(Case):
    def setUp(self):
        super().setUp()
        self.running = self.server("--plugin-dir", PLUGINS, "--slots", 2)

    def start(self, more="", **fills):
        """A server with the Dag `sum`, and a Dag for each way to fill the dataset."""
        self.write("dags/sum.yaml", SUM.format(more=more))
        for name, sql in fills.items():
            self.write(f"dags/{name}.yaml", FILL.format(name=name, sql=sql))
        self.running.start()

    def succeeds(self, dag):
        run = self.running.begin(dag)
        ended = self.running.end_of(run, deadline=150)
        self.assertEqual(ended["state"], "succeeded", ended)
        return run

    def log(self, run, attempt=1):
        return [line["text"] for line in self.running.get(f"/api/v1/runs/{run}/tasks/sum/attempts/{attempt}/log").json["lines"]]

    def pass_gate(self, gate, word):
        with open(gate, "w", encoding="utf-8") as fifo:  # waits for who reads
            fifo.write(word + "\n")

    def test_the_sum_is_of_the_snapshot_that_was_pinned(self):
        gate = self.path("gate")
        os.mkfifo(gate)
        self.start(f", gate: {gate}", small="select i from range(10) t(i)", large="select i + 1000 as i from range(500) t(i)")
        self.succeeds("small")
        run = self.running.begin("sum")
        wait_for(lambda: "at the gate" in self.log(run), what="the first attempt")
        self.succeeds("large")
        self.pass_gate(gate, "again")
        wait_for(lambda: "at the gate" in self.log(run, 2), what="the second attempt")
        self.pass_gate(gate, "go")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        first = self.running.task(run, "sum")["output"]
        self.assertEqual((first["sum"], first["rows"]), (45, 10), "what was committed meanwhile is not of this run, not even at its second try")

        later = self.running.begin("sum")
        wait_for(lambda: "at the gate" in self.log(later), what="the attempt")
        self.pass_gate(gate, "go")
        self.assertEqual(self.running.end_of(later)["state"], "succeeded")
        second = self.running.task(later, "sum")["output"]
        self.assertEqual((second["sum"], second["rows"]), (sum(range(1000, 1500)), 500))
        self.assertGreater(second["snapshot"], first["snapshot"])

    def test_ten_million_rows_take_less_than_200_mb(self):
        self.start(long="select i, 'row ' || i as note, i / 7.0 as share from range(10000000) t(i)")
        self.succeeds("long")
        run = self.succeeds("sum")
        task = self.running.task(run, "sum")
        self.assertEqual((task["output"]["sum"], task["output"]["rows"]), (sum(range(10000000)), 10000000))
        usage = task["attempts"][0]["usage"]
        print(f"\n10,000,000 rows: {usage}")
        peak = usage["peak_memory_bytes"]
        self.assertGreater(peak, 10 * MIB)
        self.assertLess(peak, 200 * MIB)

    def test_a_file_that_is_gone_fails_the_attempt_by_name(self):
        self.start(small="select i from range(10) t(i)")
        self.succeeds("small")
        folder = os.path.join(self.home, "data", "raw", "numbers")
        for name in os.listdir(folder):
            os.remove(os.path.join(folder, name))
        run = self.running.begin("sum")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        self.assertIn("E5046", str(self.running.task(run, "sum")))

    def test_the_attempt_program_links_no_engine(self):
        linked = subprocess.run(["ldd", os.path.join(BUILD, "lib", "millrace", "millrace-attempt")], capture_output=True, text=True, check=True, timeout=30).stdout
        self.assertIn("libc.so", linked)
        self.assertNotIn("duckdb", linked)
        self.assertNotIn("millrace-rows", linked)


if __name__ == "__main__":
    unittest.main()
