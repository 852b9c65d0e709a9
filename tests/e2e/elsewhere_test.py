"""Tasks whose work is elsewhere, run by a real server and its worker: objects of a real S3, commands of a real sshd.

S3 is started by ../shared/services/s3.sh, sshd by the test (MILLRACE_SSHD names another program); skipped, loudly, where they can't.
"""
import getpass
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from kit import Case, alive, free_port, kill, wait_for

HERE = pathlib.Path(__file__).resolve().parent
SERVICE = HERE.parents[2] / "shared/services/s3.sh"


class Elsewhere(Case):
    def secret(self, name, value):
        os.chmod(self.write(f"home/secrets/{name}", value), 0o600)

    def log(self, run, task, attempt=1):
        return [line["text"] for line in self.running.get(f"/api/v1/runs/{run}/tasks/{task}/attempts/{attempt}/log").json["lines"]]

    def nowhere_at_home(self, *values):
        """No file of the server and its workers holds a value, but for the secrets' own."""
        for path in pathlib.Path(self.home).rglob("*"):
            if path.is_file() and "secrets" not in path.parts:
                text = path.read_bytes()
                for value in values:
                    self.assertNotIn(value.encode(), text, path)


class Objects(Elsewhere):
    @classmethod
    def setUpClass(cls):
        if not SERVICE.exists():
            print("SKIPPED: S3, because ../shared/services isn't here", file=sys.stderr)
            raise unittest.SkipTest("no S3")
        cls.data = tempfile.TemporaryDirectory(prefix="millrace-s3-")
        cls.addClassCleanup(cls.data.cleanup)
        began = subprocess.run([SERVICE, "start", cls.data.name], capture_output=True, text=True, timeout=150, check=False)
        if began.returncode != 0:
            print(f"SKIPPED: S3 does not start here: {(began.stderr or began.stdout).strip().splitlines()[-1:]}", file=sys.stderr)
            raise unittest.SkipTest("no S3")
        cls.addClassCleanup(subprocess.run, [SERVICE, "stop", cls.data.name], capture_output=True, check=False)
        told = subprocess.run([SERVICE, "env", cls.data.name], capture_output=True, text=True, check=True).stdout
        cls.facts = dict(line.split("=", 1) for line in told.split() if "=" in line)

    def setUp(self):
        super().setUp()
        self.secret("s3_id", self.facts["AWS_ACCESS_KEY_ID"])
        self.secret("s3_key", self.facts["AWS_SECRET_ACCESS_KEY"])
        self.bucket = f"b-{os.getpid()}-{self._testMethodName.replace('_', '-')[-30:]}".lower()
        subprocess.run(["curl", "-sSf", "-X", "PUT", "--aws-sigv4", "aws:amz:us-east-1:s3", "-u", f"{self.facts['AWS_ACCESS_KEY_ID']}:{self.facts['AWS_SECRET_ACCESS_KEY']}",
                        "-H", f"x-amz-content-sha256: {hashlib.sha256(b'').hexdigest()}", f"{self.facts['AWS_ENDPOINT_URL_S3']}/{self.bucket}"], check=True, timeout=30)
        self.root = pathlib.Path(self.facts["S3_ROOT"]) / self.bucket
        self.running = self.server("--slots", 2)

    def task(self, verb, more, needs=""):
        place = f"bucket: {self.bucket}, endpoint: \"{self.facts['AWS_ENDPOINT_URL_S3']}\", access_key: '{{{{ secret(\"s3_id\") }}}}', secret_key: '{{{{ secret(\"s3_key\") }}}}'"
        return f"    uses: s3.{verb}\n    needs: [{needs}]\n    retry: {{attempts: 3, delay: 10ms, on: [transient, lost]}}\n    with: {{{place}, {more}}}\n"

    def test_an_object_travels_and_its_keys_are_shown_nowhere(self):
        self.write("dags/in/a.csv", "a,b\n1,2\n")
        self.write("dags/travel.yaml", "dag: travel\ntasks:\n" + "  wait:\n" + self.task("wait", "key: in/a.csv, every: 20ms, timeout: 30s")
                   + "  put:\n" + self.task("put", "from: in/a.csv, key: in/a.csv") + "  get:\n" + self.task("get", "key: in/a.csv, to: back/a.csv", "put, wait")
                   + "  list:\n" + self.task("list", "prefix: in/", "put") + "  bad:\n" + self.task("get", "key: none, to: x", "put"))
        self.running.start()
        run = self.running.begin("travel")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        states = {task: self.running.task(run, task)["state"] for task in ("wait", "put", "get", "list", "bad")}
        self.assertEqual(states, {"wait": "succeeded", "put": "succeeded", "get": "succeeded", "list": "succeeded", "bad": "failed"})
        self.assertEqual(pathlib.Path(self.path("dags/back/a.csv")).read_text(encoding="utf-8"), "a,b\n1,2\n")
        self.assertEqual(self.running.task(run, "list")["output"]["objects"][0]["key"], "in/a.csv")
        bad = self.running.task(run, "bad")["attempts"]
        self.assertEqual((len(bad), bad[0]["error"]["code"]), (1, "E4083"))
        self.running.stop()
        self.nowhere_at_home(self.facts["AWS_SECRET_ACCESS_KEY"])

    def test_an_upload_whose_worker_was_killed_is_taken_back_and_done_again(self):
        with open(self.path("dags/big"), "wb") as file:
            file.write(os.urandom(1 << 20) * 150)
        self.write("dags/large.yaml", "dag: large\ntasks:\n  put:\n" + self.task("put", "from: big, key: big, part_bytes: 5242880"))
        self.running.start()
        run = self.running.begin("large")
        uploads = pathlib.Path(self.facts["S3_ROOT"]) / self.bucket
        parts = lambda: [path for path in uploads.rglob("*") if path.is_file()]
        wait_for(parts, what="the first part")
        for worker in self.running.read_facts()["workers"]:
            kill(worker)
        self.assertFalse((self.root / "big").exists(), "the object is whole or not there")
        self.assertEqual(self.running.end_of(run, 120)["state"], "succeeded")
        self.assertEqual((self.root / "big").stat().st_size, 150 << 20)
        attempts = self.running.task(run, "put")["attempts"]
        self.assertGreaterEqual(len(attempts), 2)
        self.assertIn("an earlier attempt left an unfinished upload, which is taken back", self.log(run, "put", len(attempts)))
        self.assertEqual([path.name for path in parts()], ["big"], "and nothing of the first upload is left")


class Commands(Elsewhere):
    @classmethod
    def setUpClass(cls):
        program = os.environ.get("MILLRACE_SSHD") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
        if not program or not shutil.which("ssh-keygen"):
            print("SKIPPED: ssh, because sshd isn't here; install openssh-server, or set MILLRACE_SSHD", file=sys.stderr)
            raise unittest.SkipTest("no sshd")
        cls.keys = tempfile.TemporaryDirectory(prefix="millrace-ssh-")
        cls.addClassCleanup(cls.keys.cleanup)
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{cls.keys.name}/{name}"], check=True)
        cls.port = free_port()
        with open(f"{cls.keys.name}/config", "w", encoding="utf-8") as file:
            file.write(f"ListenAddress 127.0.0.1:{cls.port}\nHostKey {cls.keys.name}/host\nAuthorizedKeysFile {cls.keys.name}/user.pub\nPidFile none\nStrictModes no\nUsePAM no\n"
                       "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n")
        with open(f"{cls.keys.name}/log", "w", encoding="utf-8") as log:
            cls.sshd = subprocess.Popen([program, "-D", "-e", "-f", f"{cls.keys.name}/config"], stderr=log, stdin=subprocess.DEVNULL)
        cls.addClassCleanup(cls.sshd.wait, 10)
        cls.addClassCleanup(cls.sshd.terminate)
        said = lambda: pathlib.Path(f"{cls.keys.name}/log").read_text(encoding="utf-8")
        wait_for(lambda: "listening on" in said() or cls.sshd.poll() is not None, what="sshd")
        if cls.sshd.poll() is not None:
            print(f"SKIPPED: sshd does not start here: {said().strip()}", file=sys.stderr)
            raise unittest.SkipTest("no sshd")

    def setUp(self):
        super().setUp()
        self.secret("etl_key", pathlib.Path(f"{self.keys.name}/user").read_text(encoding="utf-8"))
        known = f"[127.0.0.1]:{self.port} " + pathlib.Path(f"{self.keys.name}/host.pub").read_text(encoding="utf-8").strip()
        command = "trap '' TERM HUP\\nsleep 600 &\\necho pids $$ $!\\nwait\\nwait"
        self.write("dags/far.yaml", "dag: far\ntasks:\n  sleep:\n    uses: ssh.run\n    retry: {attempts: 1}\n    with:\n      host: 127.0.0.1\n"
                   f"      port: {self.port}\n      user: {getpass.getuser()}\n      known_hosts: '{known}'\n      key: '{{{{ secret(\"etl_key\") }}}}'\n      run: \"{command}\"\n")
        self.running = self.server("--slots", 1)
        self.running.start()
        self.run_id = self.running.begin("far")
        line = wait_for(lambda: [line for line in self.log(self.run_id, "sleep") if line.startswith("pids ")], what="the first line")[0]
        self.pids = [int(word) for word in line.split()[1:]]
        for pid in self.pids:
            self.assertTrue(alive(pid))

    def test_a_cancel_ends_the_command_over_there(self):
        self.assertEqual(self.running.post(f"/api/v1/runs/{self.run_id}/cancel", {"reason": "a test"}).status, 200)
        self.assertEqual(self.running.end_of(self.run_id)["state"], "cancelled")
        wait_for(lambda: not any(map(alive, self.pids)), what="the end of both processes")
        self.running.stop()
        self.nowhere_at_home(pathlib.Path(f"{self.keys.name}/user").read_text(encoding="utf-8").splitlines()[2])

    def test_a_killed_worker_ends_the_command_over_there(self):
        for worker in self.running.facts["workers"]:
            kill(worker)
        wait_for(lambda: not any(map(alive, self.pids)), what="the end of both processes")


if __name__ == "__main__":
    unittest.main()
