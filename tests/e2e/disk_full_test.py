"""The disk of the store fills up: commands are refused clearly, nothing is lost, and the work goes on when there is room again."""
import os
import subprocess
import tempfile
import unittest

from kit import Case, wait_for


def mount(folder):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, check=False).returncode == 0


def may_mount():
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0 or not mount(folder):
            return False
        subprocess.run(["umount", folder], check=True)
        return True


@unittest.skipUnless(may_mount(), "no right to mount a small disk here: what happens when the disk is full is NOT TESTED")
class DiskFull(Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.home)
        self.assertTrue(mount(self.home))
        self.addCleanup(subprocess.run, ["umount", "-l", self.home], check=False)

    def fill(self):
        with open(os.path.join(self.home, "ballast"), "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def test_a_full_disk_refuses_clearly_loses_nothing_and_heals_by_itself(self):
        again = "    retry: {attempts: 50, delay: 1s}\n"
        self.dag("held", {"hold": (f"while ! test -e {self.path('go')}; do sleep 0.05; done\necho end >> {self.path('ends')}", [], again)})
        self.dag("small", {"a": ("echo small", [], again)})
        server = self.server().start()
        held = server.begin("held")
        wait_for(lambda: server.task(held, "hold")["state"] == "running", what="the held task")
        accepted = [held]
        for _ in range(100):
            self.fill()
            answer = server.post("/api/v1/dags/small/runs")
            if answer.status != 201:
                break
            accepted.append(answer.json["id"])
        self.assertEqual((answer.status, answer.json["code"]), (503, "E2005"), answer.body)
        self.assertTrue(answer.json["hint"])
        self.touch("go")
        wait_for(lambda: self.lines("ends"), what="the held command's end")
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertEqual(server.run(held)["state"], "running")
        os.remove(os.path.join(self.home, "ballast"))
        for run in accepted:
            self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(self.lines("ends"), ["end"])
        fresh = server.begin("small")
        self.assertEqual(server.end_of(fresh)["state"], "succeeded")
        listed = [run["id"] for run in server.get("/api/v1/runs?limit=1000").json["items"]]
        self.assertEqual(sorted(listed), sorted([*accepted, fresh]))


if __name__ == "__main__":
    unittest.main()
