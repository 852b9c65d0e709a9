#!/usr/bin/env python3
"""A soak: many Dags by the clock, two servers, workers, and somebody who kills them, stops them and cuts their network at random. Then everything has to add up.

    MILLRACE_BUILD=build/release tests/e2e/soak.py --minutes 30 [--dags 200] [--every 60] [--seed N]

At the end every run is final, every tick ran exactly once, what it loaded is there exactly once, every pool is empty, the store is whole, its journal replays, the
doctor finds nothing. Prints a line a minute, and what it did; exit code 0 when all holds. On loopback, in a folder of its own.
"""
import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from kit import PROGRAM, descendants, free_port, kill, program, wait_for
from network import Proxy

KINDS = [
    """
  first: {{uses: shell.run, pool: shared, with: {{run: "true"}}}}
  wait: {{uses: core.wait, needs: [first], with: {{for: 2s}}}}
  last: {{uses: shell.run, needs: [wait], with: {{run: "true"}}}}
""",
    """
  each: {{uses: shell.run, foreach: 4, max_parallel: 2, pool: shared, with: {{run: "true"}}}}
  sum: {{uses: core.set, needs: [each], with: {{n: "{{{{ .tasks.each.output.items }}}}"}}}}
""",
    """
  shaky: {{uses: shell.run, retry: {{attempts: 50, delay: 200ms, max_delay: 1s}}, with: {{run: "test $(od -An -N1 -tu1 /dev/urandom) -gt 60"}}}}
  choose: {{uses: core.switch, needs: [shaky], with: {{cases: [{{when: "{{{{ .run.dag > \\"soak_1\\" }}}}", then: [a]}}], else: [b]}}}}
  a: {{uses: core.noop, needs: [choose]}}
  b: {{uses: core.noop, needs: [choose]}}
  end: {{uses: shell.run, needs: [a, b], rule: none_failed, with: {{run: "true"}}}}
""",
    """
  load: {{uses: sql.query, retry: {{attempts: 50, delay: 200ms, max_delay: 1s}}, with: {{into: raw.soak_{number}, mode: append, sql: "select '{{{{ .run.logical_time }}}}' as tick"}}}}
  each: {{uses: core.set, needs: [load], foreach: {{dataset: raw.soak_{number}, batch: 20}}, with: {{rows: "{{{{ .item | length }}}}"}}}}
""",
]
LOADS = 3  # the kind that loads a row for each tick


class Soak:
    def __init__(self, options):
        self.options, self.dice = options, random.Random(options.seed)
        self.folder = tempfile.mkdtemp(prefix="millrace-soak-")
        self.home, self.dags = os.path.join(self.folder, "home"), os.path.join(self.folder, "dags")
        os.mkdir(self.dags)
        self.ports = [free_port(), free_port()]
        self.wires = [[Proxy(free_port(), port) for port in self.ports] for _ in range(2)]  # of each worker, to each server
        self.servers, self.workers = [None, None], [None, None]
        self.deeds = {}

    def write_dags(self):
        with open(os.path.join(self.dags, "pools.yaml"), "w", encoding="utf-8") as file:
            file.write("pools: {shared: {slots: 3}}\n")
        for number in range(self.options.dags):
            text = f"dag: soak_{number}\nschedule: {{every: {self.options.every}s, catchup: all}}\nconcurrency: {{runs: 20, tasks: 8}}\ntimeout: 20m\ntasks:\n" + KINDS[number % len(KINDS)].format(number=number)
            with open(os.path.join(self.dags, f"soak_{number}.yaml"), "w", encoding="utf-8") as file:
                file.write(text)

    def spawn(self, name, *words):
        with open(os.path.join(self.folder, name + ".out"), "ab") as output:
            return subprocess.Popen([PROGRAM, *words], stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)

    def serve(self, number):
        self.servers[number] = self.spawn(f"server-{number}", "serve", "--home", self.home, "--dags", self.dags, "--http-port", "0", "--rpc-port", str(self.ports[number]), "--workers", "0",
                                          "--lease", "5s", "--leader-lease", "3s", "--standby")

    def work(self, number):
        servers = ",".join(f"127.0.0.1:{wire.port}" for wire in self.wires[number])
        self.workers[number] = self.spawn(f"worker-{number}", "worker", "--server", servers, "--name", f"w{number}-{time.monotonic_ns()}", "--slots", "6", "--scratch", os.path.join(self.folder, f"scratch-{number}"))

    def deed(self, what):
        self.deeds[what] = self.deeds.get(what, 0) + 1

    def harm(self):
        who, number = self.dice.choice(["server", "worker", "network"]), self.dice.randrange(2)
        if who == "network":
            return self.cut(number)
        process = (self.servers if who == "server" else self.workers)[number]
        if self.dice.random() < 0.5:
            self.deed(f"kill -9 a {who}")
            kill(process.pid)
            for pid in descendants(process.pid) if who == "worker" else []:
                kill(pid)
        else:
            self.deed(f"SIGSTOP a {who}")
            kill(process.pid, signal.SIGSTOP)
            time.sleep(self.dice.uniform(1, 8))
            kill(process.pid, signal.SIGCONT)

    def cut(self, number):
        """One worker loses sight of both servers, for less or for longer than its leases last."""
        silent = self.dice.random() < 0.5
        self.deed("silenced a worker's network" if silent else "cut a worker's network")
        for wire in self.wires[number]:
            wire.silence() if silent else wire.reset()
        time.sleep(self.dice.uniform(1, 8))
        for wire in self.wires[number]:
            wire.heal()

    def mend(self):
        for number in range(2):
            if self.servers[number].poll() is not None:
                self.deed("started a server again")
                self.serve(number)
            if self.workers[number].poll() is not None:
                self.deed("started a worker again")
                self.work(number)

    def ask(self, sql):
        with sqlite3.connect(f"file:{self.home}/millrace.db?mode=ro", uri=True, timeout=30) as store:
            return store.execute(sql).fetchall()

    def knows_all_schedules(self):
        try:
            return self.ask("SELECT COUNT(*) FROM schedule")[0][0] == self.options.dags
        except sqlite3.Error:  # the store is not there yet
            return False

    def open_runs(self):
        return self.ask("SELECT COUNT(*) FROM run WHERE state NOT IN ('succeeded', 'failed', 'cancelled')")[0][0]

    def play(self):
        self.write_dags()
        for number in range(2):
            self.serve(number)
            self.work(number)
        wait_for(self.knows_all_schedules, 120, "the schedules")
        end, minute = time.monotonic() + self.options.minutes * 60, 0
        while time.monotonic() < end:
            time.sleep(self.dice.uniform(1, 6))
            self.harm()
            self.mend()
            if time.monotonic() > end - self.options.minutes * 60 + minute * 60:
                minute += 1
                print(f"minute {minute}: {self.ask('SELECT COUNT(*) FROM run')[0][0]} runs, {self.open_runs()} open; {self.deeds}", flush=True)
        self.calm()

    def calm(self):
        """No more harm, no more ticks: what was begun ends."""
        self.mend()
        for name in os.listdir(self.dags):
            if name.startswith("soak_"):
                os.remove(os.path.join(self.dags, name))
        started = time.monotonic()
        wait_for(lambda: self.mend() or self.open_runs() == 0, 600, "the end of every run")
        print(f"every run is over {time.monotonic() - started:.1f} s after the last harm")

    def judge(self):
        wrong = []
        states = dict(self.ask("SELECT state, COUNT(*) FROM run GROUP BY state"))
        print(f"runs by state: {states}")
        ticks = {}
        for dag, tick in self.ask("SELECT dag, logical_time FROM run WHERE \"trigger\" = 'schedule' ORDER BY dag, logical_time"):
            ticks.setdefault(dag, []).append(tick)
        for dag, times in ticks.items():
            gaps = [b - a for a, b in zip(times, times[1:])]
            if any(gap != self.options.every * 1000 for gap in gaps):
                wrong.append(f"{dag}: its ticks are not every {self.options.every} s, each once: {gaps}")
        if len(ticks) != self.options.dags:
            wrong.append(f"{len(ticks)} Dags ran, of {self.options.dags}")
        loaded = dict(self.ask("SELECT d.name, SUM(f.rows) FROM dataset d JOIN data_file f ON f.dataset = d.id WHERE f.end_snapshot IS NULL GROUP BY d.name"))
        for number in range(LOADS, self.options.dags, len(KINDS)):
            rows, runs = loaded.get(f"raw.soak_{number}", 0), len(ticks.get(f"soak_{number}", []))
            if rows != runs:
                wrong.append(f"soak_{number}: {runs} ticks have loaded {rows} rows")
        print(f"rows loaded, one a tick: {sum(loaded.values())}")
        busy = self.ask("SELECT COUNT(*) FROM attempt WHERE state IN ('leased', 'running')")[0][0]
        if busy:
            wrong.append(f"{busy} attempts are still at work, so pools are not empty")
        try:  # the workers may be on their way back
            wait_for(lambda: program("--json", "doctor", "--home", self.home, timeout=300)[0] == 0, what="a doctor without findings")
        except AssertionError:
            pass  # what it finds is told below
        for words in (("db", "check"), ("db", "replay"), ("doctor",)):
            code, out, said = program("--json", *words, "--home", self.home, timeout=300)
            found = json.loads(out) if out.strip() else {"findings": [said]}
            print(f"{' '.join(words)}: {len(found['findings'])} findings" + (f", {found['runs']} runs and {found['events']} events" if "events" in found else ""))
            wrong += [f"{' '.join(words)}: {finding}" for finding in found["findings"][:5]] if code else []
        print(f"attempts: {dict(self.ask('SELECT state, COUNT(*) FROM attempt GROUP BY state'))}, leader epoch {self.ask('SELECT epoch FROM leader')[0][0]}, rejected reports {self.ask('SELECT COUNT(*) FROM rejected_report')[0][0]}")
        return wrong

    def clean(self, keep):
        for process in [*self.servers, *self.workers]:
            if process is not None:
                kill(process.pid, signal.SIGCONT)
                for pid in [*descendants(process.pid), process.pid]:
                    kill(pid)
                process.wait()
        for wire in sum(self.wires, []):
            wire.close()
        if keep:
            print(f"left for a look: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--dags", type=int, default=200)
    parser.add_argument("--every", type=int, default=60, help="seconds between the ticks of a Dag")
    parser.add_argument("--seed", type=int, default=1)
    soak, wrong = Soak(parser.parse_args()), ["it did not come to its end"]
    try:
        soak.play()
        wrong = soak.judge()
    finally:
        soak.clean(keep=bool(wrong))
    for sentence in wrong:
        print(sentence)
    print("all of it adds up" if not wrong else f"{len(wrong)} things are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
