"""Mutual TLS at the gRPC door: joining, who is refused and how both sides say so, certificates that change under running attempts."""
import glob
import os
import re
import shutil
import signal
import ssl
import subprocess
import time
import unittest

from kit import PROGRAM, Case, Server, alive, children, descendants, free_port, kill, program, wait_for

PAGE = os.path.join(os.path.dirname(__file__), "../../core/doc/joining.md")
EMPTY_CALL = b"\0\0\0\0\0"  # a gRPC message without a field


class Worker:
    def __init__(self, case, name, server, *words, env=None):
        self.output = case.path(f"worker-{name}.out")
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen([PROGRAM, "worker", "--server", server, "--scratch", case.path("scratch"), *map(str, words)], stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(env or {})}, start_new_session=True)
        case.addCleanup(self.clean)

    def clean(self):
        if self.process.poll() is None:
            for pid in [*descendants(self.process.pid), self.process.pid]:
                kill(pid)
        self.process.wait(20)

    def said(self):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()


class Tls(Case):
    def setUp(self):
        super().setUp()
        self.dag("hello", {"say": "echo hello"})

    def tls_server(self, *words, home=None, tls=True):
        server = Server(home or self.home, self.dags, *(["--tls"] if tls else []), "--workers", "0", *words)
        server.output = self.path(os.path.basename(server.home) + ".out")
        self.addCleanup(server.clean)
        server.start()
        server.address = f"127.0.0.1:{server.rpc_port}"
        return server

    def token(self, server, *words):
        code, out, said = program("workers", "token", "--home", server.home, *words)
        self.assertEqual(code, 0, said)
        self.assertNotIn(out.strip(), said)
        self.tokens = getattr(self, "tokens", 0) + 1
        path = self.write(f"token-{self.tokens}", out)
        os.chmod(path, 0o600)
        return path

    def worker(self, name, server, *words, **more):
        return Worker(self, name, server if isinstance(server, str) else server.address, "--identity", self.path(name), *words, **more)

    def connected(self, server, name, deadline=30):
        return wait_for(lambda: server.workers().get(name, {}).get("state") == "connected", deadline, f"worker {name}")

    def joined(self, server, name, *words):
        worker = self.worker(name, server, "--name", name, "--join-token-file", self.token(server), *words)
        self.connected(server, name)
        return worker

    def leaves(self, worker):
        kill(worker.process.pid, signal.SIGTERM)
        self.assertEqual(worker.process.wait(30), 0, worker.said())

    def whole(self, server):
        with open(server.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def refused(self, worker, code, server, at_server=None):
        """The worker ends with one line that names the code, and the server's log has one, too."""
        self.assertEqual(worker.process.wait(30), 1, worker.said())
        lines = [line for line in worker.said().splitlines() if " error " in line]
        self.assertEqual(len(lines), 1, worker.said())
        self.assertRegex(lines[0], rf"(is not let in|was refused by .*): {code} ")
        wait_for(lambda: re.search(rf"warning .*{at_server or code} ", self.whole(server)), 10, f"{code} in the server's log:\n{self.whole(server)}")
        self.assertNotIn("ssl_transport_security", worker.said() + self.whole(server))

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


class Joining(Tls):
    def test_the_pages_commands_work(self):
        port = free_port()
        with open(PAGE, encoding="utf-8") as page:
            blocks = re.findall(r"^```sh\n(.*?)^```$", page.read(), re.M | re.S)
        self.assertEqual(len(blocks), 6)
        serve, token, first, later, client, revoke = (
            block.replace("house.example:7430", f"localhost:{port}").replace("--address 0.0.0.0", f"--http-port 0 --rpc-port {port}").replace("millrace ", PROGRAM_PATH + " ") for block in blocks)

        # c-ares forgets ten bytes for each "localhost" that it looks up, which a build with sanitizers would hold against us.
        env = {**os.environ, "LSAN_OPTIONS": "print_suppressions=0:suppressions=" + self.write("leaks", "leak:libcares\n")}

        def spawn(text, output):
            with open(self.path(output), "ab") as file:
                process = subprocess.Popen(["bash", "-c", "exec " + text], cwd=self.folder, stdout=file, stderr=file, stdin=subprocess.DEVNULL, env=env, start_new_session=True)
            self.addCleanup(lambda: ([kill(pid) for pid in descendants(process.pid)], kill(process.pid), process.wait(20)))
            return process

        def run(text):
            done = subprocess.run(["bash", "-e", "-c", text], cwd=self.folder, env=env, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        def said(output):
            with open(self.path(output), encoding="utf-8") as file:
                return file.read()

        spawn(serve, "serve.out")
        wait_for(lambda: "is ready" in said("serve.out"), 30, "the server")
        run(token)
        worker = spawn(first, "first.out")
        wait_for(lambda: "is connected" in said("first.out"), 30, "the worker")
        kill(worker.pid, signal.SIGTERM)
        self.assertEqual(worker.wait(30), 0, said("first.out"))
        worker = spawn(later, "later.out")
        wait_for(lambda: "is connected" in said("later.out"), 30, "the worker")
        self.assertIn("id  dag", run(client))
        run(revoke)
        self.assertEqual(worker.wait(30), 1)
        self.assertIn("E3114", said("later.out"))

    def test_local_workers_have_identities_by_themselves(self):
        server = Server(self.home, self.dags, "--tls")
        self.addCleanup(server.clean)
        server.start()
        self.assertEqual(server.end_of(server.begin("hello"))["state"], "succeeded")

    def test_a_worker_that_comes_before_its_server_waits(self):
        server = self.tls_server()
        token, port = self.token(server), server.rpc_port
        server.stop()
        worker = self.worker("early", f"127.0.0.1:{port}", "--name", "early", "--join-token-file", token)
        wait_for(lambda: "waits for" in worker.said(), 20, "a worker that waits")
        server.start()
        self.connected(server, "early")

    def test_several_servers_may_be_named(self):
        server = self.tls_server()
        self.worker("w", f"127.0.0.1:{free_port()},{server.address}", "--name", "w", "--join-token-file", self.token(server))
        self.connected(server, "w")

    def test_clients_show_a_certificate_of_their_own_kind(self):
        server = self.tls_server()
        self.joined(server, "w")
        code, _, said = program("certs", "client", "me", "--home", server.home, "--into", self.path("me"))
        self.assertEqual(code, 0, said)
        code, out, said = program("workers", "list", "--server", server.address, "--identity", self.path("me"))
        self.assertEqual((code, "w " in out), (0, True), said)
        code, _, said = program("workers", "list", "--server", server.address, "--identity", self.path("w"))
        self.assertEqual((code, said.count("\n")), (1, 1))
        self.assertIn("E3115", said)
        code, _, said = program("workers", "list", "--server", server.address)
        self.assertIn("E3107", said)
        code, _, said = program("workers", "list", "--server", server.address, "--identity", self.path("me"), "--server-name", "other.example")
        self.assertIn("E3113", said)
        worker = self.worker("me", server, "--name", "client-me")
        self.refused(worker, "E3115", server)
        self.assertEqual(program("workers", "revoke", "client-me", "--home", server.home)[0], 0)
        wait_for(lambda: "E3114" in program("workers", "list", "--server", server.address, "--identity", self.path("me"))[2], 10, "a revoked client")

    def test_an_operators_own_files_are_used_and_read_again(self):
        """The other house plays the operator's authority: what it certifies is what the operator brings."""
        other = self.tls_server(home=self.path("other"))
        mine = os.path.join(other.home, "tls")
        for name in ("server.pem", "ca.pem"):
            shutil.copy(os.path.join(mine, name), self.path(name))
        server = self.tls_server("--tls-cert", self.path("server.pem"), "--tls-key", self.path("server.pem"), "--tls-ca", self.path("ca.pem"))
        first = ssl.get_server_certificate(("127.0.0.1", server.rpc_port))
        self.assertIn(first.strip(), self.text("server.pem"))
        self.joined(server, "by-token")
        self.joined(other, "theirs")
        self.worker("theirs", server)  # certified by the operator's authority
        self.connected(server, "theirs")
        other.stop()
        other.words += ["--tls-name", "new.example"]
        other.start()
        shutil.copy(os.path.join(mine, "server.pem"), self.path("server.pem.new"))
        os.replace(self.path("server.pem.new"), self.path("server.pem"))
        second = wait_for(lambda: (lambda pem: pem if pem != first else None)(ssl.get_server_certificate(("127.0.0.1", server.rpc_port))), 20, "the operator's new certificate")
        self.assertIn(second.strip(), self.text("server.pem"))
        self.assertEqual({w["state"] for w in server.workers().values()}, {"connected"})
        self.joined(server, "later")


PROGRAM_PATH = os.path.abspath(PROGRAM)


class Refused(Tls):
    def test_an_expired_certificate(self):
        server = self.tls_server("--worker-certificate-life", "2s")
        self.leaves(self.joined(server, "w"))
        end = ssl.cert_time_to_seconds(self.facts("w")["notAfter"])
        wait_for(lambda: time.time() > end, 10, "the certificate's end")
        self.refused(self.worker("w", server), "E3111", server)

    def facts(self, name):
        return ssl._ssl._test_decode_cert(self.path(name + "/identity.pem"))  # the only reader of X.509 that Python brings along

    def test_a_server_of_another_authority(self):
        one, two = self.tls_server(), self.tls_server(home=self.path("two"))
        self.leaves(self.joined(one, "w"))
        self.refused(self.worker("w", two), "E3112", two)

    def test_a_worker_of_another_authority(self):
        one, two = self.tls_server(), self.tls_server(home=self.path("two"))
        self.leaves(self.joined(one, "w"))
        shutil.copy(os.path.join(two.home, "tls/ca.pem"), self.path("w/ca.pem"))
        self.refused(self.worker("w", two), "E3112", two)

    def test_a_server_by_a_name_that_its_certificate_lacks(self):
        server = self.tls_server()
        self.leaves(self.joined(server, "w"))
        self.refused(self.worker("w", server, "--server-name", "other.example"), "E3113", server)

    def test_a_worker_under_another_name(self):
        server = self.tls_server()
        self.leaves(self.joined(server, "w"))
        self.refused(self.worker("w", server, "--name", "v"), "E3113", server)

    def test_plain_text_where_tls_is_spoken(self):
        server = self.tls_server()
        self.refused(Worker(self, "plain", server.address, "--name", "plain"), "E3107", server)

    def test_tls_where_plain_text_is_spoken(self):
        server, plain = self.tls_server(), self.tls_server(home=self.path("plain"), tls=False)
        self.leaves(self.joined(server, "w"))
        self.refused(self.worker("w", plain), "E3108", plain)
        self.refused(self.worker("x", plain, "--join-token-file", self.token(server)), "E3108", plain)

    def test_a_used_token(self):
        server = self.tls_server()
        token = self.token(server)
        self.worker("w", server, "--name", "w", "--join-token-file", token)
        self.connected(server, "w")
        self.refused(self.worker("v", server, "--name", "v", "--join-token-file", token), "E3104", server)
        self.assertNotIn("v", server.workers())

    def test_an_ended_token(self):
        server = self.tls_server()
        token = self.token(server, "--ttl", "1s")
        made = time.time()
        wait_for(lambda: time.time() > made + 1.1, 10, "the token's end")
        self.refused(self.worker("w", server, "--name", "w", "--join-token-file", token), "E3105", server)

    def test_a_token_of_another_house(self):
        one, two = self.tls_server(), self.tls_server(home=self.path("two"))
        token = self.token(one)
        self.refused(self.worker("w", two, "--name", "w", "--join-token-file", token), "E3106", two)
        self.worker("w", one, "--name", "w", "--join-token-file", token)  # nobody else has heard it: still good
        self.connected(one, "w")

    def test_no_certificate(self):
        server = self.tls_server()
        worker = self.worker("w", server, "--name", "w")
        self.assertEqual(worker.process.wait(20), 1)
        self.assertRegex(worker.said(), r"is not let in: E3110 ")
        for service in ("worker.v1.WorkerGate/Connect", "worker.v1.WorkerJoin/Renew", "api.v1.Millrace/ListRuns"):
            done = subprocess.run(["curl", "-sik", "--http2", "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary", "@-", "--max-time", "20",
                                   f"https://{server.address}/millrace.{service}"], input=EMPTY_CALL, capture_output=True, check=False)
            if done.returncode == 0:  # otherwise the stream was reset before curl had read why
                self.assertIn(b"grpc-status: 16", done.stdout)
                self.assertIn(b"E3110", done.stdout)
            else:
                self.assertEqual((done.returncode, done.stdout), (92, b""), done.stderr)
            wait_for(lambda s=service: re.search(rf"warning refused a call of /millrace.{s}: E3110", self.whole(server)), 10, "E3110 in the server's log")

    def test_a_revoked_worker_and_its_return(self):
        server = self.tls_server()
        worker = self.joined(server, "w")
        code, _, said = program("workers", "revoke", "w", "--home", server.home)
        self.assertEqual(code, 0, said)
        self.refused(worker, "E3114", server)
        os.remove(worker.output)
        self.refused(self.worker("w", server), "E3114", server)
        shutil.rmtree(self.path("w"))
        self.joined(server, "w")

    def test_files_that_others_may_read(self):
        server = self.tls_server()
        token = self.token(server)
        os.chmod(token, 0o644)
        worker = self.worker("w", server, "--name", "w", "--join-token-file", token)
        self.assertEqual(worker.process.wait(20), 1)
        self.assertIn("E3101", worker.said())
        self.leaves(self.joined(server, "v"))
        os.chmod(self.path("v/identity.pem"), 0o640)
        worker = self.worker("v", server)
        self.assertEqual(worker.process.wait(20), 1)
        self.assertIn("E3101", worker.said().splitlines()[-1])

    def test_no_token_buys_a_name_of_another_kind(self):
        server = self.tls_server()
        token = self.token(server)
        for name in ("client-x", "local-1-1"):
            self.refused(self.worker(name, server, "--name", name, "--join-token-file", token), "E3109", server)
        self.worker("w", server, "--name", "w", "--join-token-file", token)
        self.connected(server, "w")


class Rotation(Tls):
    def test_both_certificates_change_while_attempts_run(self):
        """Six times the worker's, twice the server's; then the server is killed, and an attempt that began by the first certificate ends under the latest."""
        self.dag("long", {"one": f"echo began >> {self.path('one.txt')}; while [ ! -e {self.path('go')} ]; do sleep 0.05; done",
                          "two": f"echo began >> {self.path('two.txt')}; while [ ! -e {self.path('go')} ]; do sleep 0.05; done"})
        server = self.tls_server("--worker-certificate-life", "4s", "--server-certificate-life", "5s")
        worker = self.joined(server, "w", "--slots", "2")
        shown = ssl.get_server_certificate(("127.0.0.1", server.rpc_port))
        run = server.begin("long")
        wait_for(lambda: self.lines("one.txt") and self.lines("two.txt"), 30, "both attempts")
        attempts = children(worker.process.pid)
        wait_for(lambda: worker.said().count("renewed its certificate") >= 6, 60, "six renewals")
        wait_for(lambda: self.whole(server).count("has a new certificate") >= 3, 60, "the server's third certificate")
        self.assertNotEqual(ssl.get_server_certificate(("127.0.0.1", server.rpc_port)), shown)
        self.assertEqual(worker.said().count("is connected to"), 1, "the stream was there all the time")
        server.kill()
        server.start()
        self.connected(server, "w")
        self.assertEqual(worker.said().count("is connected to"), 2, worker.said())
        self.assertTrue(attempts and all(map(alive, attempts)), "no attempt was killed")
        self.touch("go")
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual([self.lines("one.txt"), self.lines("two.txt")], [["began"], ["began"]])
        for task in ("one", "two"):
            self.assertEqual([attempt["state"] for attempt in server.task(run, task)["attempts"]], ["succeeded"])
        self.assertNotIn("E31", worker.said())


class Hidden(Tls):
    def test_tokens_and_keys_stand_in_no_command_line_log_or_store(self):
        self.dag("hello", {"say": "env; cat /proc/$PPID/environ | tr '\\0' '\\n'; echo hello"})
        server = Server(self.home, self.dags, "--tls")  # with a local worker
        self.addCleanup(server.clean)
        server.start()
        server.address = f"127.0.0.1:{server.rpc_port}"
        code, token, _ = program("workers", "token", "--home", self.home)
        self.assertEqual(code, 0)
        token = token.strip()
        secret = token.split("_")[2]
        worker = self.worker("w", server, "--name", "w", "--label", "far", env={"MILLRACE_JOIN_TOKEN": token})
        self.connected(server, "w")
        self.write("dags/far.yaml", "dag: far\ntasks:\n  say: {uses: shell.run, runs_on: {labels: [far]}, with: {run: \"env; tr '\\\\0' '\\\\n' < /proc/$PPID/environ; echo hello\"}}\n")
        wait_for(lambda: server.get("/api/v1/dags/far").status == 200, 20, "the Dag")
        run = server.begin("far")
        self.assertEqual(server.end_of(run)["state"], "succeeded", server.task(run, "say"))
        self.assertEqual(server.end_of(server.begin("hello"))["state"], "succeeded")
        ours, lines = [server.process.pid, worker.process.pid], b""
        for pid in [*ours, *(child for one in ours for child in descendants(one))]:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                lines += file.read()
        self.assertIn(b"--identity", lines)
        server.stop()
        texts = {}
        for path in filter(os.path.isfile, glob.glob(self.folder + "/**", recursive=True)):
            with open(path, "rb") as file:
                texts[path] = file.read()
        keys = {key.split(b"\n")[1]: path for path, text in texts.items() for key in re.findall(rb"-----BEGIN PRIVATE KEY-----\n(.*?)\n-----END", text, re.S)}
        self.assertGreaterEqual(len(keys), 4, "the authority's, the server's, a worker's, a local worker's")
        self.assertTrue(any(path.endswith("millrace.db") for path in texts))
        for hidden in (secret.encode(), *keys):
            self.assertNotIn(hidden, lines)
            self.assertEqual([path for path, text in texts.items() if hidden in text and path != keys.get(hidden)], [])
        self.assertNotIn(secret, self.whole(server) + worker.said())


if __name__ == "__main__":
    unittest.main()
