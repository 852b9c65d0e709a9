"""What-if: plays over the past of a real server, and over durations from a file; the commands of core/doc/what-if.md."""
import json
import os
import re
import unittest

from kit import Case, program

NIGHTLY = """
dag: nightly
schedule: {cron: "0 5 * * *", timezone: Europe/Berlin}
deadline: {at: "06:00"}
tasks:
  load: {uses: shell.run, with: {run: "true"}}
  clean: {uses: shell.run, needs: [load], with: {run: "true"}}
  each: {uses: shell.run, needs: [clean], foreach: 4, with: {run: "true"}}
"""
PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "core", "doc", "what-if.md")


class Simulate(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/nightly.yaml", NIGHTLY)

    def simulate(self, *words):
        code, out, said = program("--json", "simulate", self.dags, "--from", "2026-06-01", *words)
        return code, json.loads(out) if out else json.loads(said)

    def test_the_past_of_a_server_says_how_long_tasks_take(self):
        server = self.server("--slots", "2").start()
        for _ in range(2):
            self.assertEqual(server.end_of(server.begin("nightly"))["state"], "succeeded")
        server.stop()
        code, days = self.simulate("--days", "3", "--home", self.home)
        self.assertEqual((code, days["unknown"]), (0, []))
        asked = days["plays"][0]
        self.assertEqual(asked["attempts"], 3 * 6)
        nightly = asked["dags"][0]
        self.assertEqual((nightly["runs"], nightly["missed"]), (3, []))
        self.assertLess(nightly["longest_ms"], 5000)
        self.assertGreater(nightly["typical_ms"], 0)
        self.assertGreater(asked["memory"]["bytes"], 1 << 20, "attempts tell their peak")
        self.assertTrue(asked["memory"]["tasks"])
        self.assertEqual([play["play"] for play in days["plays"]], ["as asked", "on slow days", "with one more worker"])

    def test_durations_of_a_file_show_what_is_missed_and_what_helps(self):
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        durations = self.write("durations.yaml", re.search(r"```yaml\n(.*?)```", page, re.S).group(1))
        words = re.findall(r"^millrace (simulate dags .*--durations durations.yaml)$", page, re.M)[0].split()
        code, out, said = program(*[{"dags": self.dags, "durations.yaml": durations}.get(word, word) for word in words])
        self.assertEqual(code, 0, out + said)
        self.assertIn("nightly  7", out)
        self.write("durations.yaml", "nightly: {load: 30m, clean: 20m, each: {typical: 10m, worst: 15m, items: 4}}\n")
        code, days = self.simulate("--days", "2", "--workers", "1", "--slots", "2", "--durations", durations)
        asked, _, helped = days["plays"]
        self.assertEqual((asked["memory"]["bytes"], days["short_of_memory"]), (0, []), "nobody has said what they need")
        self.assertEqual((code, asked["missed"]), (1, 2), "50 minutes, and two rounds of ten: ten too many")
        self.assertEqual([one["late_ms"] for one in asked["dags"][0]["missed"]], [600_000, 600_000])
        self.assertEqual((helped["play"], helped["missed"]), ("with one more worker", 0))

    def test_a_task_that_needs_more_memory_than_it_asks_for_is_named(self):
        self.write("dags/nightly.yaml", NIGHTLY.replace("needs: [load],", "needs: [load], runs_on: {memory: 512MiB},"))
        durations = self.write("durations.yaml", "nightly: {load: {typical: 1m, memory: 64MiB}, clean: {typical: 1m, memory: 600MiB}, each: 1m}\n")
        _, days = self.simulate("--days", "1", "--durations", durations)
        self.assertEqual(days["short_of_memory"], [{"task": "nightly.clean", "asks_bytes": 512 << 20, "needed_bytes": 600 << 20}])
        self.assertEqual(days["plays"][0]["memory"]["bytes"], 600 << 20)
        code, out, _ = program("simulate", self.dags, "--days", "1", "--durations", durations)
        self.assertIn("nightly.clean asks for 512 MiB and has needed 600 MiB", out)

    def test_bad_input_is_named(self):
        for words, code, exit_code in ((("--days", "0"), "E9004", 2), (("--workers", "0"), "E9004", 2), (("--home", self.path("nowhere")), "E0001", 1),
                                       (("--durations", self.write("wrong.yaml", "nightly: {load: soon}\n")), "E9320", 1)):
            found, said = self.simulate(*words)
            self.assertEqual((found, said["code"]), (exit_code, code), words)
        self.assertEqual(program("simulate", self.path("empty"), "--durations", self.write("none.yaml", "{}\n"))[0], 1)


if __name__ == "__main__":
    unittest.main()
