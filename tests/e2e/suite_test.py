"""`millrace test`: suites that pass, that fail with a reason, and that hold mistakes; what a CI system gets to read."""
import json
import unittest
import xml.etree.ElementTree

from kit import Case, program

DAG = """
dag: day
tests: day.test.yaml
params: {n: {type: integer, default: 1}}
tasks:
  load: {uses: shell.run, retry: {attempts: 2, delay: 1m, jitter: none}, with: {run: "load {{ .params.n }}"}}
  sub: {uses: core.run, needs: [load], with: {dag: other}}
"""
OTHER = "dag: other\ntasks: {work: {uses: shell.run, with: {run: work}}}\n"
GOOD = """
dag: day.yaml
tests:
  - name: tried again
    params: {n: 7}
    inject: [{task: load, attempt: 1, fail: {class: transient, what: no answer}}]
    expect: {run: succeeded, attempts: {load: 2, other/work: 1}, configs: {load: {run: load 7}}}
"""
BAD = """
dag: day.yaml
tests:
  - name: wrong on purpose
    inject: [{task: load, attempt: 1, fail: {class: data, code: E7777, what: the file is empty}}]
    expect: {run: succeeded, tasks: {load: succeeded}, finished_within: 1s}
"""
MISTAKES = """
dag: day.yaml
tests:
  - name: typos
    mock: {loads: {output: {}}, shell.run: {taks: 1m}}
    inject: [{task: load, fail: transient, lose: worker}]
    expect: {rum: succeeded, tasks: {load: succeded}}
"""


class Suites(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/day.yaml", DAG)
        self.write("dags/other.yaml", OTHER)
        self.write("dags/day.test.yaml", GOOD)

    def test_a_suite_that_passes(self):
        code, out, said = program("test", self.dags)
        self.assertEqual((code, out.splitlines()[-1]), (0, "1 passed, 0 failed"), said)
        code, out, _ = program("--json", "test", self.path("dags/day.test.yaml"))
        self.assertEqual([test["passed"] for test in json.loads(out)["tests"]], [True])

    def test_a_suite_that_fails_says_what_came_and_why(self):
        self.write("dags/bad.test.yaml", BAD)
        code, out, _ = program("test", self.dags, "--junit", self.path("junit.xml"))
        self.assertEqual((code, out.splitlines()[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("task load: expected succeeded, but failed (attempt 1 failed", out)
        root = xml.etree.ElementTree.parse(self.path("junit.xml")).getroot()
        self.assertEqual((root.get("tests"), root.get("failures")), ("2", "1"))
        self.assertIn("bad.test.yaml:4:5", root.find(".//failure").text)

    def test_mistakes_are_all_named_with_their_places(self):
        self.write("dags/day.test.yaml", MISTAKES)
        code, out, said = program("test", self.dags)
        self.assertEqual((code, out.splitlines()[-1]), (1, "0 passed, 0 failed, 5 mistakes"), said)
        for sentence in ("day.test.yaml:5:12", "did you mean 'load'?", "did you mean 'takes'?", "either 'fail' or 'lose'", "did you mean 'run'?", "'succeded' is no state"):
            self.assertIn(sentence, said)

    def test_nothing_to_test_is_said(self):
        code, _, said = program("test", self.path("home"))
        self.assertEqual(code, 1)
        self.assertIn("E0001", said)


    def test_an_endless_expression_ends_its_task_and_the_test(self):
        self.write("dags/endless.yaml", "dag: endless\ntasks:\n  load: {uses: shell.run, retry: {attempts: 1}, with: {run: \"{{ [range(1e12)] | length }}\"}}\n")
        self.write("dags/endless.test.yaml", "dag: endless.yaml\ntests:\n  - {name: it ends, expect: {run: failed}}\n")
        code, out, said = program("--json", "test", self.path("dags/endless.test.yaml"))
        self.assertEqual(code, 0, out + said)

    def test_what_never_happens_is_told(self):
        self.write("dags/unused.test.yaml", "dag: other.yaml\ntests:\n  - {name: x, inject: [{task: work, attempt: 4, fail: transient}], answers: [{task: work, approve: true}], expect: {run: succeeded}}\n")
        code, out, _ = program("--json", "test", self.path("dags/unused.test.yaml"))
        differences = json.loads(out)["tests"][0]["differences"]
        self.assertEqual((code, len(differences)), (1, 2))
        self.assertIn("no attempt 4 of 'work'", differences[0])
        self.assertIn("never waited for the answer", differences[1])

    def test_a_suite_that_can_not_be_read_is_an_error_of_junit_too(self):
        self.write("dags/broken.test.yaml", MISTAKES)
        junit = self.path("junit.xml")
        code, _, _ = program("test", self.path("dags/broken.test.yaml"), "--junit", junit)
        root = xml.etree.ElementTree.parse(junit).getroot()
        self.assertEqual((code, int(root.get("errors"))), (1, len(root.findall(".//error"))))
        self.assertGreater(int(root.get("errors")), 3)

    def test_a_folder_named_twice_is_played_once(self):
        self.write("dags/day.test.yaml", GOOD)
        _, once, _ = program("--json", "test", self.dags)
        _, twice, _ = program("--json", "test", self.dags, self.dags + "/../dags", self.path("dags/day.test.yaml"))
        self.assertEqual(len(json.loads(once)["tests"]), len(json.loads(twice)["tests"]))


if __name__ == "__main__":
    unittest.main()
