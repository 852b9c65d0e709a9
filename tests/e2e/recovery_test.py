"""Processes die in the middle of things: nothing counts twice, nothing stays stuck."""
import os
import random
import signal
import sqlite3
import time
import unittest

from kit import Case, alive, descendants, kill, wait_for

LEASE = ("--lease", "2s")
SEED = 20261101


class Recovery(Case):
    def held(self, more=""):
        """A Dag with one task that marks its start and waits to be let go."""
        self.dag("held", {"hold": (f"echo start >> {self.path('starts')}\nwhile ! test -e {self.path('go')}; do sleep 0.05; done\necho end >> {self.path('ends')}", [], more)})

    def started(self, count=1):
        wait_for(lambda: len(self.lines("starts")) >= count, what=f"start {count} of the task")

    def cancelled(self, server, run):
        """A lost attempt is followed by another one: it ends here, so that the kit's kills don't come between it and what it starts."""
        self.assertEqual(server.post(f"/api/v1/runs/{run}/cancel", {"reason": "the test is over"}).status, 200)
        self.assertEqual(server.end_of(run)["state"], "cancelled")

    def states(self, server, run, task="hold"):
        return [attempt["state"] for attempt in server.task(run, task)["attempts"]]

    def test_an_attempt_outlives_the_server_that_was_killed_and_counts_once(self):
        self.held()
        first = self.server().start()
        run = first.begin("held")
        self.started()
        first.kill()
        first.start()
        self.assertEqual(first.run(run)["state"], "running")
        self.touch("go")
        self.assertEqual(first.end_of(run)["state"], "succeeded")
        self.assertEqual((self.lines("starts"), self.lines("ends")), (["start"], ["end"]))
        self.assertEqual(self.states(first, run), ["succeeded"])

    def test_after_a_killed_worker_another_attempt_counts_and_the_first_never_does(self):
        self.held("    retry: {attempts: 3, delay: 1s}\n")
        server = self.server(*LEASE).start()
        run = server.begin("held")
        self.started()
        worker = server.facts["workers"][0]
        below = descendants(worker)
        kill(worker)
        self.started(2)
        self.touch("go")
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        states = self.states(server, run)
        self.assertEqual((states[0], states.count("succeeded"), states[-1]), ("lost", 1, "succeeded"))
        wait_for(lambda: not any(alive(pid) for pid in below), what="the end of the killed worker's processes")

    def test_what_a_killed_worker_s_attempt_had_sent_away_ends_as_well(self):
        # A daemon in a session of its own, whose parent has ended: nobody's child but the attempt's.
        self.dag("sends", {"away": f"(setsid sh -c 'echo $$ >> {self.path('daemon')}; exec sleep 600' &)\nwhile true; do sleep 0.1; done"})
        server = self.server(*LEASE).start()
        run = server.begin("sends")
        daemon = int(wait_for(lambda: self.lines("daemon"), what="the daemon")[0])
        self.addCleanup(lambda: alive(daemon) and kill(daemon))
        worker = server.facts["workers"][0]
        wait_for(lambda: daemon in descendants(worker), what="the daemon among the worker's descendants")
        kill(worker)
        wait_for(lambda: not alive(daemon), what="the end of the daemon")
        self.cancelled(server, run)

    def test_a_container_is_stopped_when_its_worker_was_killed(self):
        # The engine is a script: what matters is that it is told to stop what is no process of ours.
        engine = self.write("bin/docker", f"""#!/bin/sh
case $1 in
  run) echo started >> {self.path('starts')}; exec sleep 600 ;;
  stop) echo "$@" >> {self.path('stopped')} ;;
esac
""")
        os.chmod(engine, 0o755)
        self.write("dags/boxed.yaml", f"dag: boxed\nenv: {{PATH: '{self.path('bin')}:/usr/bin:/bin'}}\ntasks:\n  a: {{uses: container.run, with: {{image: sleeps, engine: docker, data: none}}}}\n")
        server = self.server().start()
        run = server.begin("boxed")
        self.started()
        kill(server.facts["workers"][0])
        words = wait_for(lambda: self.lines("stopped"), what="the word to the engine")
        self.assertRegex(" ".join(words[:4]), "^stop -t 5 millrace-[0-9a-f]{24}$")
        self.cancelled(server, run)

    def test_what_a_killed_worker_s_attempt_had_saved_is_there_in_the_next_one(self):
        self.dag("counts", {"count": (f"""read at < "$MILLRACE_CHECKPOINT"
echo "from-${{at:-nothing}}" >> {self.path('starts')}
echo "half" > "$MILLRACE_CHECKPOINT"
while ! test -e {self.path('go')}; do sleep 0.05; done""", [], "    retry: {attempts: 3, delay: 1s}\n")})
        server = self.server(*LEASE).start()
        run = server.begin("counts")
        wait_for(lambda: server.task(run, "count").get("checkpoint") == "half\n", what="the checkpoint")
        kill(server.facts["workers"][0])
        self.started(2)
        self.touch("go")
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(self.lines("starts"), ["from-nothing", "from-half"])
        self.assertEqual(server.post(f"/api/v1/runs/{run}/tasks/count/clear", {}).status, 200)
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(self.lines("starts")[-1], "from-nothing")

    def test_a_killed_attempt_fails_and_is_tried_again(self):
        self.held("    retry: {attempts: 3, delay: 1s}\n")
        server = self.server().start()
        run = server.begin("held")
        self.started()
        for pid in descendants(server.facts["workers"][0]):
            kill(pid)
        self.started(2)
        self.touch("go")
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(self.states(server, run), ["failed", "succeeded"])

    def test_a_worker_that_is_told_to_end_finishes_what_it_runs(self):
        self.held()
        server = self.server().start()
        run = server.begin("held")
        self.started()
        worker = server.facts["workers"][0]
        kill(worker, signal.SIGTERM)
        wait_for(lambda: any(one["state"] == "draining" for one in server.workers().values()), what="a draining worker")
        self.touch("go")
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(self.states(server, run), ["succeeded"])
        wait_for(lambda: not alive(worker), what="the worker's end")

    def test_a_stopped_server_goes_on_with_what_waits_when_it_is_started_again(self):
        self.dag("row", {"one": f"echo start >> {self.path('starts')}; sleep 1; echo one >> {self.path('ends')}", "two": (f"echo two >> {self.path('ends')}", ["one"])})
        server = self.server().start()
        run = server.begin("row")
        self.started()
        workers = server.facts["workers"]
        code, took = server.stop()
        self.assertEqual(code, 0, server.said())
        self.assertLess(took, 30)
        self.assertFalse(any(alive(pid) for pid in workers))
        server.start()
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(self.lines("ends"), ["one", "two"])

    def test_ten_kills_at_random_moments_lose_nothing_and_count_nothing_twice(self):
        chance = random.Random(SEED)
        print(f"\nseed of the kills: {SEED}")
        tasks = {}
        for number in range(12):
            needs = [f"t{number - 3}"] if number >= 3 else []
            tasks[f"t{number}"] = (f"sleep 0.5\necho done >> {self.path(f'effect{number}')}", needs, "    retry: {attempts: 20, delay: 1s}\n")
        self.dag("many", tasks)
        server = self.server(*LEASE, "--workers", "2").start()
        run = server.begin("many")
        for _ in range(10):
            time.sleep(chance.uniform(0.05, 0.6))  # the moment is the input of this test, not a wait for anything
            server.read_facts()
            victim = chance.choice(["server", "worker", "attempt"])
            if victim == "server":
                server.kill()
                server.start()
            else:
                workers = [pid for pid in server.facts["workers"] if alive(pid)]
                pids = workers if victim == "worker" else [pid for worker in workers for pid in descendants(worker)]
                if pids:
                    kill(chance.choice(pids))
        ended = server.end_of(run, 90)
        self.assertEqual(ended["state"], "succeeded")
        self.assertEqual(server.stop()[0], 0)
        for number in range(12):
            self.assertGreaterEqual(len(self.lines(f"effect{number}")), 1)
        store = sqlite3.connect(f"file:{self.home}/millrace.db?mode=ro", uri=True)
        self.addCleanup(store.close)
        counted = store.execute("select task, count(*) from attempt where state = 'succeeded' group by task").fetchall()
        self.assertEqual(sorted(count for _, count in counted), [1] * 12, counted)


if __name__ == "__main__":
    unittest.main()
