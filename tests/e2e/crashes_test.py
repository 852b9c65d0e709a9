"""Attempts whose process dies: what is known of it afterwards, and a plugin that does so again and again."""
import unittest

from kit import Case, program, wait_for

# The shell's parent is the attempt's process: as if the plugin had a bug.
CRASH = """
dag: crash
params: {signal: {type: string, default: SEGV}}
tasks:
  dies: {uses: shell.run, with: {run: "for i in $(seq 60); do echo line $i; done; sleep 0.3; kill -{{ .params.signal }} $PPID; sleep 60"}}
"""
# Half a GiB, in a process that the attempt starts.
HOG = """
dag: hog
tasks:
  free: {uses: shell.run, with: {run: "python3 -c 'bytearray(512 << 20)'"}}
  held: {uses: shell.run, needs: [free], runs_on: {memory: 128MiB}, with: {run: "python3 -c 'bytearray(512 << 20)'"}}
  after: {uses: shell.run, needs: [held], rule: always, with: {run: "python3 -c 'bytearray(512 << 20)'"}}
"""
FINE = "dag: fine\ntasks: {a: {uses: shell.run, with: {run: 'true'}}}\n"
OTHER = "dag: other\ntasks: {a: {uses: file.find, with: {pattern: '*.none'}}}\n"


class Crashes(Case):
    def setUp(self):
        super().setUp()
        for name, text in (("crash", CRASH), ("hog", HOG), ("fine", FINE), ("other", OTHER)):
            self.write(f"dags/{name}.yaml", text)
        self.running = self.server()
        self.running.start()

    def crash(self, **params):
        run = self.running.begin("crash", params=params)
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        return self.running.task(run, "dies")["attempts"][-1]

    def test_an_attempt_that_died_names_the_signal_and_shows_its_last_lines(self):
        attempt = self.crash()
        self.assertEqual(attempt["error"]["code"], "E3009")
        self.assertIn("SIGSEGV", attempt["error"]["what"])
        lines = attempt["last_lines"]
        self.assertLessEqual(len(lines), 50)
        self.assertIn("line 60", lines)
        self.assertNotIn("line 1", lines)

    def test_memory_that_a_task_asked_for_is_all_that_it_gets(self):
        run = self.running.begin("hog")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        states = {task["id"]: task["state"] for task in self.running.run(run)["tasks"]}
        self.assertEqual(states, {"free": "succeeded", "held": "failed", "after": "succeeded"}, "a warm process forgets the limit of the attempt before")
        lines = self.running.get(f"/api/v1/runs/{run}/tasks/held/attempts/1/log").json["lines"]
        self.assertTrue(any("MemoryError" in line["text"] for line in lines), lines)

    def test_a_plugin_that_crashes_three_times_in_a_row_waits_for_an_operator(self):
        for _ in range(2):
            self.crash()
        self.crash(signal="KILL")  # by hand, or by a system without memory: that is not the plugin's mistake
        for _ in range(3):
            self.crash()
        held = wait_for(lambda: self.running.get("/api/v1/plugins").json["held_back"], what="the quarantine")
        self.assertEqual([one["plugin"] for one in held], ["shell"])
        self.assertIn("SIGSEGV", held[0]["reason"])
        waits = self.running.begin("fine")
        why = wait_for(lambda: self.running.task(waits, "a")["why"] if "held back" in self.running.task(waits, "a")["why"] else None, what="the reason")
        self.assertIn("millrace plugin release shell", why)
        self.assertEqual(self.running.end_of(self.running.begin("other"))["state"], "succeeded", "other plugins go on")
        rpc = self.running.facts["rpc"]
        code, said, _ = program("operators", "--server", rpc, "--json")
        self.assertEqual(code, 0)
        self.assertIn("SIGSEGV", said)
        code, said, complaint = program("plugin", "release", "shell", "--server", rpc)
        self.assertEqual((code, said), (0, "plugin shell works again\n"), complaint)
        self.assertEqual(self.running.end_of(waits)["state"], "succeeded")
        code, _, complaint = program("plugin", "release", "shell", "--server", rpc)
        self.assertEqual(code, 1)
        self.assertIn("E2035", complaint)


if __name__ == "__main__":
    unittest.main()
