"""Dags that are wrong, and people who are: each gets one clear answer with a code, and the Dag beside it validates, starts and ends."""
import json
import os
import unittest

from kit import Case, program, wait_for

FINE = "dag: fine\ntasks: {a: {uses: shell.run, with: {run: \"true\"}}}\n"
TASK = "{uses: shell.run, with: {run: \"true\"}}"
CYCLE = """dag: wrong
tasks:
  a: {uses: shell.run, needs: [c], with: {run: "true"}}
  b: {uses: shell.run, needs: [a], with: {run: "true"}}
  c: {uses: shell.run, needs: [b], with: {run: "true"}}
"""
BOMB = "dag: wrong\nlabels:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"  {b}: &{b} [{', '.join('*' + a for _ in range(10))}]\n" for a, b in zip("abcdefgh", "bcdefghi")) + f"tasks: {{a: {TASK}}}\n"

# What stands in the file, the code of its one mistake, and a part of what is said.
FILES = {
    "a cycle": (CYCLE, "E1010", "a -> c -> b -> a"),
    "a task that needs itself": (f"dag: wrong\ntasks: {{a: {{uses: shell.run, needs: [a], with: {{run: x}}}}}}\n", "E1011", "itself"),
    "an unknown need": ("dag: wrong\ntasks: {a: {uses: shell.run, needs: [b], with: {run: x}}}\n", "E1004", "'b'"),
    "a foreach over a text": ("dag: wrong\ntasks: {a: {uses: shell.run, foreach: many, with: {run: x}}}\n", "E1007", "foreach"),
    "a cron that never fires": (f"dag: wrong\nschedule: \"0 0 30 2 *\"\ntasks: {{a: {TASK}}}\n", "E1042", "never comes"),
    "no cron at all": (f"dag: wrong\nschedule: \"0 25 * * *\"\ntasks: {{a: {TASK}}}\n", "E1040", "25"),
    "a zone that does not exist": (f"dag: wrong\nschedule: {{cron: \"0 5 * * *\", timezone: Europe/Berlim}}\ntasks: {{a: {TASK}}}\n", "E1041", "Berlim"),
    "a default of the wrong type": (f"dag: wrong\nparams: {{n: {{type: integer, default: many}}}}\ntasks: {{a: {TASK}}}\n", "E1013", "n"),
    "a name that is taken": (FINE, "E1016", "fine"),
    "a Dag that is not there": ("dag: wrong\ntasks: {a: {uses: core.run, with: {dag: fime}}}\n", "E1035", "fime"),
    "an alias bomb": (BOMB, "E1002", "more than a million values"),
    "fifty megabytes": ("dag: wrong\ndescription: " + "x" * (50 << 20) + f"\ntasks: {{a: {TASK}}}\n", "E1002", "larger than 16 MiB"),
}

ASKS = """
dag: asks
params: {n: {type: integer, default: 1}, list: {type: array, default: []}}
tasks:
  each: {uses: shell.run, if: "{{ .params.n > 1 }}", foreach: "{{ .params.n * 1000000 }}", with: {run: "true"}}
  text: {uses: shell.run, if: "{{ .params.n == 0 }}", foreach: "{{ .run.id }}", with: {run: "true"}}
  approve: {uses: core.approval, if: "{{ .params.n == 1 }}", with: {prompt: Is it fine}}
  call: {uses: core.callback, if: "{{ .params.n == 1 }}"}
"""


class Files(Case):
    def validate(self):
        code, out, said = program("--json", "validate", self.dags)
        found = json.loads(out)
        return code, [(one["code"], one["what"]) for one in found["errors"]], [one["name"] for one in found["dags"]]

    def test_each_mistake_has_a_code_and_the_neighbour_is_right(self):
        for number, (what, (text, code, part)) in enumerate(FILES.items()):
            with self.subTest(what):
                self.write("dags/fine.yaml", FINE)
                path = self.write(f"dags/wrong_{number}.yaml", text)
                self.addCleanup(lambda path=path: os.path.exists(path) and os.remove(path))
                exit_code, errors, names = self.validate()
                os.remove(path)
                self.assertEqual((exit_code, [one[0] for one in errors]), (1, [code]), errors)
                self.assertIn(part, errors[0][1])
                self.assertLess(len(errors[0][1]), 1000, "said in a sentence")
                self.assertIn("fine", names)

    def test_a_yaml_file_that_could_be_a_dag_is_not_passed_over(self):
        for text, place in (("tasks:\n  a: {uses: shell.run, with: {run: echo}}\n", "1:1"), ("  dag: shifted\n  tasks: {}\n", "1:1"), ("name: sales\nsteps: []\n", "1:1")):
            path = self.write("dags/meant.yaml", text)
            with self.subTest(text):
                exit_code, out, _ = program("--json", "validate", self.dags)
                found = json.loads(out)
                self.assertEqual((exit_code, found["dags"]), (1, []))
                self.assertEqual([(one["code"], one["where"]) for one in found["errors"]], [("E1006", f"{path}:{place}")])
                self.assertIn("dag", found["errors"][0]["what"])
                self.assertIn("dag: ", found["errors"][0]["hint"])

    def test_yaml_of_others_may_lie_beside_dags(self):
        self.write("dags/fine.yaml", FINE)
        self.write("dags/settings.yaml", "name: sales\ncolour: blue\n")
        self.assertEqual(self.validate(), (0, [], ["fine"]))


class People(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/fine.yaml", FINE)
        self.write("dags/asks.yaml", ASKS)
        self.running = self.server("--slots", "2").start()

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.json)
        self.assertTrue(answer.json["what"] and answer.json["hint"], answer.json)

    def goes_on(self):
        self.assertEqual(self.running.end_of(self.running.begin("fine"))["state"], "succeeded")

    def test_params_of_the_wrong_type_start_nothing(self):
        self.refused(self.running.post("/api/v1/dags/asks/runs", {"params": {"n": "many"}}), 400, "E2004")
        self.refused(self.running.post("/api/v1/dags/asks/runs", {"params": {"m": 1}}), 400, "E2004")
        self.assertEqual(self.running.get("/api/v1/runs?dag=asks").json["items"], [])
        self.goes_on()

    def test_a_foreach_over_what_is_no_list_or_too_much_fails_its_task_with_a_code(self):
        for n, task in ((0, "text"), (11, "each")):
            run = self.running.begin("asks", params={"n": n})
            self.assertEqual(self.running.end_of(run)["state"], "failed")
            self.assertIn("E2020", self.running.task(run, task)["why"])
        self.goes_on()

    def test_what_was_answered_is_answered_and_nobody_guesses_a_token(self):
        run = self.running.begin("asks")
        asked = lambda task: wait_for(lambda: self.running.task(run, task)["state"] == "asleep", what=task)
        asked("approve"), asked("call")
        token = self.running.task(run, "call")["output"]["token"]
        self.refused(self.running.post("/api/v1/callbacks/" + token[:-1] + ("0" if token[-1] != "0" else "1"), {}), 404, "E2015")
        self.refused(self.running.post("/api/v1/callbacks/nonsense", {}), 404, "E2015")
        self.assertEqual(self.running.post("/api/v1/callbacks/" + token, {}).status, 200)
        self.refused(self.running.post("/api/v1/callbacks/" + token, {}), 404, "E2015")
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/tasks/approve/approve", {}).status, 200)
        self.refused(self.running.post(f"/api/v1/runs/{run}/tasks/approve/approve", {}), 409, "E2015")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        for verb in ("pause", "resume", "cancel", "retry"):
            self.refused(self.running.post(f"/api/v1/runs/{run}/{verb}", {}), 409, "E2003")
        self.goes_on()

    def test_a_run_goes_on_though_its_file_is_broken_and_then_gone(self):
        self.dag("held", {"hold": f"touch {self.path('begun')}; while ! test -e {self.path('go')}; do sleep 0.05; done", "after": ("true", ["hold"])})
        wait_for(lambda: self.running.get("/api/v1/dags/held").status == 200, what="the Dag")
        run = self.running.begin("held")
        wait_for(lambda: os.path.exists(self.path("begun")), what="the task")
        path = self.write("dags/held.yaml", "dag: held\ntasks: [")
        self.goes_on()
        os.remove(path)
        wait_for(lambda: self.running.get("/api/v1/dags/held").status == 404, what="the end of the Dag")
        self.touch("go")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "after")["state"], "succeeded")
        self.refused(self.running.post("/api/v1/dags/held/runs", {}), 404, "E2001")


if __name__ == "__main__":
    unittest.main()
