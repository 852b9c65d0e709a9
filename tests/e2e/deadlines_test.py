"""A run that will be late says so while there is still time."""
import unittest

from kit import Case, program, wait_for


class Deadlines(Case):
    def test_a_run_that_is_late_calls_and_the_next_one_calls_before(self):
        self.write("dags/slow.yaml", f"""
dag: slow
deadline: {{within: 4s}}
tasks:
  load: {{uses: shell.run, with: {{run: "while ! test -e {self.path('go')}; do sleep 0.05; done"}}}}
on_late: [{{uses: shell.run, with: {{run: "echo called >> {self.path('calls')}"}}}}]
""")
        server = self.server("--slots", "2").start()
        first = server.begin("slow")
        wait_for(lambda: self.lines("calls") == ["called"], what="the call")
        late = server.run(first)["late"]
        self.assertEqual(late["state"], "missed")
        self.assertEqual(late["why"], "load (1 open task has no past)")
        self.touch("go")
        self.assertEqual(server.end_of(first)["state"], "succeeded")
        second = server.begin("slow")  # the first one took longer than there is time: that is known at once
        late = wait_for(lambda: server.run(second).get("late"), what="the prediction")
        self.assertEqual((late["state"], late["why"]), ("predicted", "load"))
        self.assertLess(late["since"], server.run(second)["deadline"])
        self.assertGreater(late["predicted_end"], server.run(second)["deadline"])
        self.assertEqual(server.end_of(second)["state"], "succeeded")
        self.assertEqual(self.lines("calls"), ["called", "called"])
        _, out, _ = program("runs", "show", "--server", server.facts["rpc"], second)
        self.assertRegex(out, r"deadline \S+: predicted since \S+, predicted to end \S+ by load")
        metrics = server.get("/metrics").body.decode()
        self.assertIn("millrace_deadlines_missed_total 1\n", metrics)
        self.assertIn("millrace_deadlines_predicted_total 1\n", metrics)


if __name__ == "__main__":
    unittest.main()
