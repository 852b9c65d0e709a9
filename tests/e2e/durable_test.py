"""A success is on disk before anybody can see it: the server's system calls, in their order."""
import re
import shutil
import subprocess
import unittest

from api_test import Stream, run_ended
from kit import Case, PROGRAM, wait_for

CALLS = "trace=fdatasync,fsync,sendto,recvmsg"


def may_trace():
    return shutil.which("strace") is not None and subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, check=False).returncode == 0


class Durable(Case):
    @unittest.skipUnless(may_trace(), "strace is not there, or this machine permits no ptrace: that a success is durable before it is visible is NOT TESTED here")
    def test_the_store_is_synced_between_a_report_and_the_visible_success(self):
        self.dag("one", {"only": "echo done"})
        trace = self.path("trace")
        server = self.server("--workers", "0", before=["strace", "-f", "-y", "-qq", "-s", "8192", "-e", CALLS, "-e", "signal=none", "-o", trace]).start(60)
        with open(self.path("worker.out"), "wb") as output:
            worker = subprocess.Popen([PROGRAM, "worker", "--server", server.facts["rpc"], "--name", "apart", "--scratch", self.path("scratch")],
                                      stdout=output, stderr=output, start_new_session=True)
        self.addCleanup(worker.wait, 20)
        self.addCleanup(worker.kill)
        wait_for(lambda: server.get("/readyz").status == 200, what="the worker")
        stream = Stream(server, "/api/v1/events")
        self.addCleanup(stream.close)
        run = server.begin("one")
        self.assertEqual(stream.until(run_ended)[-1][2]["state"], "succeeded")
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        worker.terminate()
        worker.wait(30)
        server.stop()
        with open(trace, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        shown = next(at for at, line in enumerate(lines) if "sendto(" in line and "event: task" in line and r'\"state\":\"succeeded\"' in line)
        reported = max(at for at, line in enumerate(lines[:shown]) if "recvmsg" in line and "exit_code" in line)
        self.assertTrue(synced(lines[reported:shown]), "\n".join(line[:300] for line in lines[reported:shown + 1]))


def synced(lines):
    """Whether a sync of the store's log began and ended well within these lines."""
    begun = set()
    for line in lines:
        thread = line.split(None, 1)[0]
        if re.search(r"f(data)?sync\(\d+<[^>]*millrace\.db-wal>\)? +(<unfinished|= 0)", line) or re.search(r"f(data)?sync\(\d+<[^>]*millrace\.db-wal>\) += 0", line):
            if "<unfinished" not in line:
                return True
            begun.add(thread)
        if thread in begun and re.search(r"<\.\.\. f(data)?sync resumed>\) += 0", line):
            return True
    return False


if __name__ == "__main__":
    unittest.main()
