"""The suite `workers`: a real server with a real worker on loopback, everything durable; operators that do nothing or little.

cold        `millrace serve` in an empty folder, from the start of its process to the end of the first run
seq3        three no-op tasks in a row, from asking by gRPC to being told of the end; runs_per_s: 200 of them at once
tasks       foreach over 100,000 no-op items, 16 slots, attempt children kept warm
threads     foreach over 10,000 no-op items, and three no-op tasks in a row: attempts in threads of the worker, beside the pool of warm children
fib400      400 fibo(10) of a native operator, in a row and on 10 slots
true200     200 /bin/true by shell.run in a row, over what ninja needs for the same
proc10k     foreach over 10,000 /bin/true by shell.run
pyfib40     40 fibo(10) by python.run in a row, in a warm interpreter
dispatch    from the work of one task to the work of the next: its report, the commit, the lease and its way
many        100 workers connected, nothing to do
"""
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from demo import Server  # noqa: E402
from engine_suite import Scratch, cpu_seconds, rss_mb  # noqa: E402

MANY_RUNS = "concurrency: {runs: 1000}\n"


def p95(values):
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def chain(name, count, task):
    lines = [f"dag: {name}", MANY_RUNS + "tasks:"]
    for i in range(count):
        needs = f", needs: [t{i - 1}]" if i else ""
        lines.append(f"  t{i}: {{{task}{needs}}}")
    return "\n".join(lines) + "\n"


def items(name, count, task, parallel):
    return f"dag: {name}\nconcurrency: {{tasks: {parallel}}}\ntasks:\n  each: {{{task}, foreach: {count}, max_parallel: {parallel}}}\n"


MANY = 256  # items may be leased at once: the worker's slots are the limit
NOOP = "uses: bench.noop"
TRUE = "uses: shell.run, with: {run: /bin/true}"
FIBO = "uses: bench.fibo, with: {n: 10}"
PYTHON = "uses: python.run, with: {file: fibo.py, function: fibo, args: {n: 10}}"
DAGS = {
    "seq3": chain("seq3", 3, NOOP),
    "tasks": items("tasks", 100_000, NOOP, MANY),
    "noop10k": items("noop10k", 10_000, NOOP, MANY),
    "fib_seq": chain("fib_seq", 400, FIBO),
    "fib_par": items("fib_par", 400, FIBO, MANY),
    "true200": chain("true200", 200, TRUE),
    "proc10k": items("proc10k", 10_000, TRUE, MANY),
    "python40": chain("python40", 40, PYTHON),
    "stamps": chain("stamps", 200, NOOP + ", with: {stamp: true}"),
}
FIBO_PY = "def fibo(n):\n    return n if n < 2 else fibo(n - 1) + fibo(n - 2)\n"


class BenchServer(Server):
    """A server with the plugin of this folder beside the usual ones, and one worker."""

    def __init__(self, build, folder, slots, workers=1, isolation="pool"):
        dags = pathlib.Path(folder) / "dags"
        dags.mkdir(exist_ok=True)
        (dags / "fibo.py").write_text(FIBO_PY)
        for name, text in DAGS.items():
            (dags / f"{name}.yaml").write_text(text)
        os.environ["MR_PLUGIN_PATH"] = str(build / "bench/plugins")
        super().__init__(str(build), os.path.join(folder, "home"), str(dags), workers=workers, slots=slots, words=["--isolation", isolation, "--trust-plugin", "bench"])
        self.build = build

    def client(self, dag, count, *words):
        done = subprocess.run([self.build / "bench/bench_client", self.facts["rpc"], dag, str(count), *words], stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)

    def times(self, dag, count):
        """Milliseconds from asking to being told of the end, each."""
        return self.client(dag, count)["ms"]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def cold(build, results):
    times = []
    for _ in range(5):
        with Scratch(build) as folder:
            server = BenchServer(build, folder, slots=2)
            began = time.monotonic()
            with server:
                server.times("seq3", 1)
                times.append(time.monotonic() - began)
    results.add("workers.cold_s", times, "s")


def seq3(build, results):
    with Scratch(build) as folder, BenchServer(build, folder, slots=16) as server:
        server.times("seq3", 20)
        times = server.times("seq3", 300)
        results.add("workers.seq3_p50_ms", times, "ms")
        results.add("workers.seq3_p95_ms", times, "ms", value=p95(times))
        results.add("workers.runs_per_s", [200 / server.client("seq3", 200, "burst")["s"] for _ in range(5)], "1/s", "higher")


def tasks(build, results):
    with Scratch(build) as folder, BenchServer(build, folder, slots=16) as server:
        results.add("workers.tasks_per_s", [100_000 / (ms / 1000) for ms in server.times("tasks", 3)], "1/s", "higher")


def threads(build, results):
    for isolation in ("pool", "thread"):
        with Scratch(build) as folder, BenchServer(build, folder, slots=16, isolation=isolation) as server:
            server.times("noop10k", 1)
            results.add(f"workers.noop10k_{isolation}_per_s", [10_000 / (ms / 1000) for ms in server.times("noop10k", 3)], "1/s", "higher")
            server.times("seq3", 20)
            results.add(f"workers.seq3_{isolation}_ms", server.times("seq3", 200), "ms")


def fib400(build, results):
    with Scratch(build) as folder, BenchServer(build, folder, slots=10) as server:
        server.times("fib_par", 1)
        results.add("workers.fib400_seq_s", [ms / 1000 for ms in server.times("fib_seq", 5)], "s")
        results.add("workers.fib400_par_s", [ms / 1000 for ms in server.times("fib_par", 5)], "s")


def ninja_ms(folder, count):
    """The same work by ninja, or None where there is none."""
    if not shutil.which("ninja"):
        return None
    rules = ["rule true", "  command = /bin/true"] + [f"build o{i}: true" + (f" o{i - 1}" if i else "") for i in range(count)]
    path = pathlib.Path(folder) / "build.ninja"
    path.write_text("\n".join(rules) + "\n")
    times = []
    for _ in range(5):
        began = time.monotonic()
        subprocess.run(["ninja", "-f", str(path), "-C", folder, "-j1", "--quiet", f"o{count - 1}"], check=True, stdout=subprocess.DEVNULL)
        times.append((time.monotonic() - began) * 1000 / count)
    return statistics.median(times)


def processes(build, results):
    count = 200
    with Scratch(build) as folder, BenchServer(build, folder, slots=2) as server:
        server.times("true200", 1)
        per_task = [ms / count for ms in server.times("true200", 3)]
        results.add("workers.true200_ms", per_task, "ms/task")
        floor = ninja_ms(folder, count)
        if floor is None:
            print("  workers.true200_overhead_ms: not measured, ninja is not here", flush=True)
        else:
            results.add("workers.true200_ninja_ms", [floor], "ms/task")
            results.add("workers.true200_overhead_ms", [value - floor for value in per_task], "ms/task")
        results.add("workers.proc10k_s", [ms / 1000 for ms in server.times("proc10k", 2)], "s")


def python40(build, results):
    with Scratch(build) as folder, BenchServer(build, folder, slots=2) as server:
        server.times("python40", 1)
        results.add("workers.pyfib40_s", [ms / 1000 for ms in server.times("python40", 5)], "s")


def dispatch(build, results):
    gaps = []
    with Scratch(build) as folder, BenchServer(build, folder, slots=2) as server:
        for _ in range(5):
            server.times("stamps", 1)
        for run in server.call("/api/v1/runs?dag=stamps")["items"]:
            detail = server.run_of(run["id"])
            stamps = [task["output"]["at"] for task in detail["tasks"]]
            gaps += [(after - before) / 1000 for before, after in zip(stamps, stamps[1:])]
    results.add("workers.dispatch_p50_ms", gaps, "ms")
    results.add("workers.dispatch_p99_ms", gaps, "ms", value=sorted(gaps)[int(len(gaps) * 0.99)])


def many(build, results):
    with Scratch(build) as folder, BenchServer(build, folder, slots=1, workers=0) as server:
        workers = [subprocess.Popen([build / "bin/millrace", "worker", "--server", server.facts["rpc"], "--name", f"w{i}", "--slots", "1", "--scratch", os.path.join(folder, "scratch")],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for i in range(100)]
        try:
            while sum(worker["state"] == "connected" for worker in server.call("/api/v1/workers")["items"]) < 100:
                time.sleep(0.2)
            time.sleep(5)
            cpu, memory = [], []
            for _ in range(6):
                before, began = cpu_seconds(server.process.pid), time.monotonic()
                time.sleep(5)
                cpu.append((cpu_seconds(server.process.pid) - before) / (time.monotonic() - began) * 100)
                memory.append(rss_mb(server.process.pid))
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            for worker in workers:
                worker.wait(timeout=60)
    results.add("workers.hundred_idle_cpu_pct", cpu, "%", value=statistics.mean(cpu))
    results.add("workers.hundred_rss_mb", memory, "MiB", value=max(memory))


PARTS = {"cold": cold, "seq3": seq3, "tasks": tasks, "threads": threads, "fib400": fib400, "processes": processes, "python40": python40, "dispatch": dispatch, "many": many}


def workers(build, results, full, only=None):
    for name, part in PARTS.items():
        if not only or name in only:
            part(build, results)
