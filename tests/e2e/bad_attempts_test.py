"""Attempts that misbehave, run by a real worker: each fails or is ended with a clear word, and its neighbour on the same worker ends as if nothing had been."""
import os
import time
import unittest

from kit import Case, alive, compiled, kill, wait_for

# Processes that leave their sessions and hear no SIGTERM: a few hundred that stay, and some that start their successor and are gone. All
# in all no more than MOST are ever started.
BOMB = """
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_int* started;
static int most;

static void crowd(void) {
  for (int i = 0; i < 2 && ++*started <= 400; ++i) {
    const pid_t child = fork();
    if (child < 0) break;
    if (child > 0) continue;
    setsid();
    i = -1;
  }
  for (;;) pause();
}
static void runner(void) {
  while (++*started <= most) {
    const pid_t next = fork();
    if (next > 0) _exit(0);
    if (next == 0) setsid();
    if (next < 0) usleep(10000);
  }
  for (;;) pause();
}
int main(void) {
  most = atoi(getenv("MOST"));
  signal(SIGTERM, SIG_IGN);
  started = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0 && i % 10 == 0) crowd();
    if (child == 0) runner();
    if (child < 0) puts("no more processes");
  }
  while (*started < 700) usleep(1000);
  puts("it went off");
  fflush(stdout);
  for (;;) pause();
}
"""
GIGABYTE = 1_000_000_000


def marked(mark):
    """Processes with a mark in their environment; one look may miss some that are replaced all the time."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if mark.encode() in file.read():
                    found.add(int(name))
        except OSError:
            pass
    return found


def peak_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


class BadAttempts(Case):
    def setUp(self):
        super().setUp()
        self.dag("neighbour", {"a": f"echo begun\nwhile ! test -e {self.path('go')}; do sleep 0.05; done\necho done"})

    def open(self, *words):
        """A server, one worker with two slots, and the neighbour that runs on it."""
        self.running = self.server("--workers", 0).start()
        self.one = self.worker(self.running, "one", "--slots", 2, *words)
        self.neighbour = self.running.begin("neighbour")
        wait_for(lambda: self.log(self.neighbour, "a") == ["begun"], what="the neighbour")

    def log(self, run, task):
        return [line["text"] for line in self.running.get(f"/api/v1/runs/{run}/tasks/{task}/attempts/1/log?limit=1000").json["lines"]]

    def neighbour_is_well(self):
        self.touch("go")
        self.assertEqual(self.running.end_of(self.neighbour)["state"], "succeeded")
        self.assertEqual(len(self.running.task(self.neighbour, "a")["attempts"]), 1)
        wait_for(lambda: self.log(self.neighbour, "a") == ["begun", "done"], what="the rest of its log")
        self.assertTrue(alive(self.one.pid))

    def bomb(self, *words):
        mark = f"MARK={self.folder}"
        program = compiled(self.path("bomb"), BOMB)
        self.dag("bomb", {"a": (f"exec {program}", [], f"    timeout: 10m\n    env: {{MARK: {self.folder}, MOST: 20000}}\n")})
        self.addCleanup(lambda: [kill(pid) for pid in marked(mark)])
        self.open(*words)
        run = self.running.begin("bomb")
        wait_for(lambda: "it went off" in self.log(run, "a"), what="the bomb")
        self.assertGreater(len(marked(mark)), 200)
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/cancel", {"reason": "a test"}).status, 200)
        self.assertEqual(self.running.end_of(run)["state"], "cancelled")
        end, calm = time.monotonic() + 30, 0
        while calm < 10 and time.monotonic() < end:
            calm = 0 if marked(mark) else calm + 1
        self.assertEqual(marked(mark), set())
        self.neighbour_is_well()

    def test_a_fork_bomb_ends_with_its_attempt(self):
        self.bomb()

    def test_a_fork_bomb_ends_with_its_attempt_also_where_there_are_no_control_groups(self):
        self.bomb("--attempt-processes", 0)

    def test_an_attempt_gets_as_many_processes_as_it_may_have_and_no_more(self):
        self.dag("many", {"a": "for i in $(seq 60); do sleep 30 & done; echo all"})
        self.open("--attempt-processes", 40)
        group = f"/sys/fs/cgroup/pids/millrace-{self.one.pid}-1"
        run = self.running.begin("many")
        ended = self.running.end_of(run)
        if not os.path.isdir(group) and not os.path.isdir(group.replace("/pids/", "/")):
            self.fail(f"no control group: {group}; this test needs a machine where the worker may write them") if os.access("/sys/fs/cgroup/pids", os.W_OK) else self.skipTest("SKIPPED: no pids controller may be written here")
        self.assertEqual(ended["state"], "failed")
        wait_for(lambda: any("fork" in line.lower() for line in self.log(run, "a")), what="the complaint of the shell")
        self.neighbour_is_well()

    def test_a_command_that_hears_no_sigterm_is_ended_all_the_same(self):
        self.dag("deaf", {"a": "trap '' TERM INT HUP\necho deaf\nwhile true; do sleep 0.1; done"})
        self.open()
        run = self.running.begin("deaf")
        wait_for(lambda: self.log(run, "a") == ["deaf"], what="its first line")
        below = self.of_shell("deaf")
        self.assertTrue(below)
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/cancel", {"reason": "a test"}).status, 200)
        self.assertEqual(self.running.end_of(run)["state"], "cancelled")
        wait_for(lambda: not any(map(alive, below)), what="the end of the command")
        self.neighbour_is_well()

    @staticmethod
    def of_shell(word):
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read()
            except OSError:
                continue
            if words.startswith(b"/bin/sh\0-c\0") and f"echo {word}".encode() in words:
                found.append(int(name))
        return found

    def test_a_gigabyte_of_log_is_cut_in_its_middle_and_holds_up_nobody(self):
        self.dag("loud", {"a": f"echo first\nyes {'x' * 999} | head -c {GIGABYTE}\necho last"})
        self.open()
        began = time.monotonic()
        run = self.running.begin("loud")
        self.neighbour_is_well()  # while the other one shouts
        self.assertEqual(self.running.run(run)["state"], "running", "the neighbour had to wait for silence")
        self.assertEqual(self.running.end_of(run, 170)["state"], "succeeded")
        print(f"\n1 GB of log took {time.monotonic() - began:.0f} s; peaks: worker {peak_of(self.one.pid) >> 20} MiB, server {peak_of(self.running.pid) >> 20} MiB")
        self.assertEqual(self.log(run, "a")[0], "first")
        last = wait_for(lambda: self.last_line(run), what="the last line")
        self.assertEqual(last, "last")
        kept = sum(os.path.getsize(os.path.join(folder, file)) for folder, _, files in os.walk(os.path.join(self.home, "logs")) for file in files)
        self.assertLess(kept, 200 << 20)
        for pid in (self.one.pid, self.running.pid):
            self.assertLess(peak_of(pid), 512 << 20)

    def last_line(self, run):
        at, last = 0, None
        while True:
            page = self.running.get(f"/api/v1/runs/{run}/tasks/a/attempts/1/log?from={at}&limit=1000").json
            if not page["lines"]:
                return last
            last, at = page["lines"][-1]["text"], page["next"]


if __name__ == "__main__":
    unittest.main()
