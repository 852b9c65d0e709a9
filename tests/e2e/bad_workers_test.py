"""Workers as nobody wants them: a clock that is a day off, a name that another one has, a server that is away for long.

Each time something else runs on the same server meanwhile, and ends as it should.
"""
import datetime
import os
import socket
import subprocess
import threading
import time
import unittest

from kit import PROGRAM, Case, alive, children, compiled, descendants, kill, program, wait_for

DAY = 86_400
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "shifted_clock.c"), encoding="utf-8") as file:
    SHIFTED = file.read()


def seconds_of(iso):
    return datetime.datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp()


class BadWorkers(Case):
    def states(self, server, run, task):
        return [attempt["state"] for attempt in server.task(run, task)["attempts"]]

    def held(self, name, label):
        """A Dag with a task for workers of a label, which marks its start and waits to be let go."""
        self.dag(name, {"hold": (f"echo start >> {self.path('starts-' + name)}\nwhile ! test -e {self.path('go')}; do sleep 0.05; done\necho end >> {self.path('ends-' + name)}", [],
                                 f"    runs_on: {{labels: [{label}]}}\n    retry: {{attempts: 3, delay: 1s}}\n")})

    # --- a clock that is a day off ---

    def sane(self, iso, began):
        self.assertLess(abs(seconds_of(iso) - began), 120, "a time of another day")

    def test_a_clock_that_is_a_day_off_is_told_and_changes_no_time(self):
        shifted = compiled(self.path("shifted.so"), SHIFTED, "-shared", "-fPIC", "-ldl")
        names = {"early": DAY, "late": -DAY, "right": 0}
        for name in names:
            self.dag(name, {"a": ("echo hello; sleep 0.3", [], f"    runs_on: {{labels: [{name}]}}\n")})
        server = self.server("--workers", 0).start()
        for name, shift in names.items():
            self.worker(server, name, "--label", name, env={"LD_PRELOAD": shifted, "SHIFT": str(shift)})
        began = time.time()
        for name in names:
            with self.subTest(name):
                run = server.begin(name)
                ended = server.end_of(run)
                self.assertEqual(ended["state"], "succeeded")
                task = server.task(run, "a")
                attempt = task["attempts"][0]
                for iso in (ended["started"], ended["finished"], task["started"], task["finished"], attempt["started"], attempt["finished"]):
                    self.sane(iso, began)
                took = seconds_of(attempt["finished"]) - seconds_of(attempt["started"])
                self.assertTrue(0 <= took < 30, took)
                usage = attempt["usage"]
                self.assertTrue(200 <= usage["finished_ms"] - usage["started_ms"] < 30_000, usage)
                self.assertLess(abs(usage["started_ms"] / 1000 - began), 120)
                lines = wait_for(lambda run=run: server.get(f"/api/v1/runs/{run}/tasks/a/attempts/1/log").json["lines"], what="the log")
                self.assertEqual([line["text"] for line in lines], ["hello"])
                self.sane(lines[0]["time"], began)
        workers = server.workers()
        for name, shift in names.items():
            self.assertLess(abs(workers[name]["clock_ahead_ms"] / 1000 - shift), 60, workers[name])
        self.assertNotIn("problem", workers["right"])
        self.assertEqual([workers[name]["problem"]["code"] for name in ("early", "late")], ["E3014", "E3014"])
        self.assertRegex(workers["early"]["problem"]["what"], "ahead of the server's")
        self.assertRegex(workers["late"]["problem"]["what"], "behind the server's")
        said = program("workers", "list", "--server", server.facts["rpc"])[1]
        self.assertEqual(said.count("E3014 its clock is"), 2, said)
        self.assertEqual(program("doctor", "--home", self.home)[1].count("E3014 worker"), 2)
        self.assertIn("NTP", program("explain", "E3014")[1])

    # --- two of one name ---

    def test_of_two_workers_with_one_name_the_second_works_and_nothing_is_lost(self):
        self.held("twins", "twins")
        self.held("other", "solo")
        server = self.server("--workers", 0).start()
        first = self.worker(server, "twin", "--label", "twins")
        solo = self.worker(server, "solo", "--label", "solo")
        runs = {name: server.begin(name) for name in ("twins", "other")}
        for name in runs:
            wait_for(lambda name=name: self.lines(f"starts-{name}"), what=f"the start of {name}")
        below = descendants(first.pid)
        second = self.worker(server, "twin", "--label", "twins")
        self.assertEqual(first.process.wait(20), 1)
        self.assertIn("E3004", first.said())
        wait_for(lambda: not any(map(alive, below)), what="the end of the first one's attempts")
        wait_for(lambda: len(self.lines("starts-twins")) == 2, what="another attempt")
        self.touch("go")
        for run in runs.values():
            self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(self.states(server, runs["twins"], "hold"), ["lost", "succeeded"])
        self.assertEqual(self.states(server, runs["other"], "hold"), ["succeeded"])
        self.assertEqual((self.lines("ends-twins"), self.lines("ends-other")), (["end"], ["end"]))
        self.assertTrue(alive(second.pid) and alive(solo.pid))

    # --- a server that is away for longer than any lease ---

    def test_what_ended_while_the_server_was_away_counts_and_what_outlived_its_lease_runs_again(self):
        self.held("long", "any")
        self.dag("short", {"a": (f"echo start >> {self.path('starts-short')}\nwhile ! test -e {self.path('short')}; do sleep 0.05; done\necho end >> {self.path('ends-short')}", [],
                                 "    runs_on: {labels: [any]}\n    retry: {attempts: 3, delay: 1s}\n")})
        server = self.server("--workers", 0, "--lease", "6s").start()
        worker = self.worker(server, "patient", "--label", "any", "--slots", 2)
        runs = {name: server.begin(name) for name in ("long", "short")}
        for name in runs:
            wait_for(lambda name=name: self.lines(f"starts-{name}"), what=f"the start of {name}")
        server.kill()
        self.touch("short")
        wait_for(lambda: self.lines("ends-short"), what="an end while nobody listens")
        # The lease of the other one ends: its processes must be gone before anybody else may run it.
        wait_for(lambda: "ended without renewal; its attempt is killed" in worker.said(), what="the end of a lease")
        wait_for(lambda: not any(b"starts-long" in self.command_of(pid) for pid in descendants(worker.pid)), what="the end of its processes")
        self.assertTrue(alive(worker.pid))
        server.start()
        self.assertEqual(server.end_of(runs["short"])["state"], "succeeded")
        wait_for(lambda: len(self.lines("starts-long")) == 2, what="the second attempt")
        self.touch("go")
        self.assertEqual(server.end_of(runs["long"])["state"], "succeeded")
        self.assertEqual(self.states(server, runs["short"], "a"), ["succeeded"])
        self.assertEqual(self.states(server, runs["long"], "hold"), ["lost", "succeeded"])
        self.assertEqual((self.lines("starts-short"), self.lines("ends-short"), self.lines("ends-long")), (["start"], ["end"], ["end"]))
        self.assertEqual(server.workers()["patient"]["state"], "connected")

    @staticmethod
    def command_of(pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return file.read()
        except OSError:
            return b""

    def test_a_worker_without_a_server_asks_again_and_again_but_not_more_often_than_it_should(self):
        times = []
        with socket.socket() as door:  # opens, and says nothing: as a machine whose server has fallen
            door.bind(("127.0.0.1", 0))
            door.listen(64)

            def answer():
                while True:
                    try:
                        door.accept()[0].close()
                    except OSError:
                        return
                    times.append(time.monotonic())

            threading.Thread(target=answer, daemon=True).start()
            with open(self.path("out"), "wb") as output:
                worker = subprocess.Popen([PROGRAM, "worker", "--server", f"127.0.0.1:{door.getsockname()[1]}", "--name", "alone", "--scratch", self.path("scratch")], stdout=output, stderr=output)
            self.addCleanup(worker.wait, 20)
            self.addCleanup(kill, worker.pid)
            began = time.monotonic()
            wait_for(lambda: times and times[-1] - began > 21, 40, "twenty seconds of tries")
            door.shutdown(socket.SHUT_RDWR)
        self.assertIsNone(worker.poll(), "it gave up")
        gaps = [later - sooner for sooner, later in zip(times, times[1:])]
        late = [moment for moment in times if moment - began > 10]
        self.assertLess(max(gaps), 9, gaps)
        self.assertLess(len(times), 60, "a storm")
        self.assertLess(len(late), 15, "it does not slow down")
        self.assertEqual(children(worker.pid), [])


if __name__ == "__main__":
    unittest.main()
