"""A Millrace of its own for each test: a temporary home, free ports, and nothing left behind.

Waits are for conditions, never for a time. Only processes that the kit started, or that its server recorded, are signalled.
MILLRACE_BUILD names the build folder.
"""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

BUILD = os.environ.get("MILLRACE_BUILD", "build/dev")
PROGRAM = os.path.join(BUILD, "bin", "millrace")
ENDED = ("succeeded", "failed", "cancelled")


def wait_for(condition, deadline=30, what="the condition", pause=0.03):
    """The first true answer of `condition`, asked again and again; an exception inside counts as not yet."""
    end, last = time.monotonic() + deadline, None
    while time.monotonic() < end:
        try:
            answer = condition()
            if answer:
                return answer
            last = answer
        except (OSError, ValueError, KeyError, urllib.error.URLError, http.client.HTTPException) as error:  # the last: who answered died while it did
            last = error
        time.sleep(pause)
    raise AssertionError(f"{what} did not come within {deadline} s; last: {last!r}")


def program(*words, timeout=60):
    """One call of the program: its exit code, what it said, and what it complained about."""
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout, done.stderr


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Server:
    """`millrace serve` in a process group of its own. Its workers' port stays the same over starts, so that workers find it again."""

    def __init__(self, home, dags, *words, before=(), scratch_of=None):
        self.home, self.dags, self.words, self.before = home, dags, list(map(str, words)), list(before)
        self.process, self.facts, self.group, self.rpc_port = None, {}, set(), free_port()
        self.output = os.path.join(scratch_of or os.path.dirname(home), "server.out")

    def start(self, deadline=30):
        facts = os.path.join(self.home, "server.json")
        if os.path.exists(facts):
            os.remove(facts)
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [*self.before, PROGRAM, "serve", "--home", self.home, "--dags", self.dags, "--http-port", "0", "--rpc-port", str(self.rpc_port), *self.words],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)

        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.said()}")
            return os.path.exists(facts) and self.read_facts() and self.get("/readyz").status in ((200,) if self.facts["workers"] else (200, 503))  # workers of others may be back already

        wait_for(ready, deadline, "a ready server")
        return self

    def read_facts(self):
        with open(os.path.join(self.home, "server.json"), encoding="utf-8") as file:
            self.facts = json.load(file)
        self.group.update(self.facts["workers"])
        return self.facts

    def said(self):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    @property
    def pid(self):
        return self.facts["pid"]

    def kill(self):
        kill(self.pid)
        self.process.wait(20)

    def stop(self, deadline=40):
        """SIGTERM and the time that it took, with the exit code."""
        began = time.monotonic()
        kill(self.pid, signal.SIGTERM)
        code = self.process.wait(deadline)
        return code, time.monotonic() - began

    def clean(self):
        try:
            self.read_facts()
        except (OSError, ValueError):
            pass
        doomed = [pid for root in self.group if is_ours(root) for pid in (root, *descendants(root))]
        if self.process and self.process.poll() is None:
            doomed += [self.process.pid, *descendants(self.process.pid)]
        for pid in doomed:
            kill(pid)
        if self.process:
            self.process.wait(20)

    # REST

    def call(self, method, path, body=None, headers=None, raw=None):
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        given = {"Content-Type": "application/json"} if data is not None else {}
        request = urllib.request.Request(self.facts["http"] + path, data=data, method=method, headers={**given, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def get(self, path, **headers):
        return self.call("GET", path, headers=headers)

    def post(self, path, body=None):
        return self.call("POST", path, {} if body is None else body)

    def begin(self, dag, **body):
        answer = self.post(f"/api/v1/dags/{dag}/runs", body)
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def run(self, run):
        return self.get(f"/api/v1/runs/{run}").json

    def task(self, run, task):
        return self.get(f"/api/v1/runs/{run}/tasks/{task}").json

    def end_of(self, run, deadline=60):
        return wait_for(lambda: (lambda r: r if r["state"] in ENDED else None)(self.run(run)), deadline, f"the end of {run}")

    def workers(self):
        return {worker["name"]: worker for worker in self.get("/api/v1/workers").json["items"]}


def is_ours(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"millrace" in file.read()
    except OSError:
        return False


def compiled(into, text, *words, compiler="cc"):
    """A program or, with -shared, a library made of a C text."""
    found = os.environ.get("CC") or shutil.which(compiler) or shutil.which("gcc")
    if found is None:
        raise AssertionError("a C compiler is needed for what this test makes")
    subprocess.run([found, "-O1", *words, "-o", into, "-x", "c", "-"], input=text, text=True, check=True)
    return into


class Worker:
    """`millrace worker` for a server of the kit, in a process group of its own; what it says goes to a file."""

    def __init__(self, server, name, folder, *words, env=None):
        self.name, self.output = name, os.path.join(folder, f"{name}-{time.monotonic_ns()}.out")
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen([PROGRAM, "worker", "--server", f"127.0.0.1:{server.rpc_port}", "--name", name, "--scratch", self.output + ".scratch", *map(str, words)],
                                            stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **(env or {})})

    @property
    def pid(self):
        return self.process.pid

    def said(self):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def clean(self):
        if self.process.poll() is None:
            for pid in (self.pid, *descendants(self.pid)):
                kill(pid)
        self.process.wait(20)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="millrace-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home, self.dags = os.path.join(self.folder, "home"), os.path.join(self.folder, "dags")
        os.mkdir(self.dags)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".new", path)
        return path

    def dag(self, name, tasks, more=""):
        """A Dag of shell tasks: {id: command or (command, needs) or (command, needs, further lines)}."""
        text = f"dag: {name}\n{more}tasks:\n"
        for task, what in tasks.items():
            command, needs, lines = (*((what,) if isinstance(what, str) else what), [], "")[:3] if isinstance(what, str) or len(what) == 1 else (*what, "")[:3]
            text += f"  {task}:\n    uses: shell.run\n"
            if needs:
                text += f"    needs: [{', '.join(needs)}]\n"
            text += lines + "    with:\n      run: |\n" + "".join(f"        {line}\n" for line in command.splitlines())
        return self.write(f"dags/{name}.yaml", text)

    def server(self, *words, **more):
        server = Server(self.home, self.dags, *words, **more)
        self.addCleanup(server.clean)
        return server

    def worker(self, server, name, *words, env=None):
        worker = Worker(server, name, self.folder, *words, env=env)
        self.addCleanup(worker.clean)
        wait_for(lambda: server.workers().get(name, {}).get("state") == "connected" and f"{name!r} is connected" in worker.said(), what=f"worker {name}")
        return worker

    def path(self, name):
        return os.path.join(self.folder, name)

    def lines(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read().split()
        except FileNotFoundError:
            return []

    def touch(self, name):
        with open(self.path(name), "w", encoding="utf-8"):
            pass
