"""The suite `engine`: what orchestration costs when the tasks themselves cost nothing.

decide      the pure core alone (bench_decide)
durable     no-op tasks through engine and SQLite store: every lease and report on disk before the next step, commits in groups
dag21k …    one Dag of 21,407 / 100,000 tasks, from reading its text to its end, durable like the above, as a chain, a fan-out and in
            layers; the id without a shape is the slowest of them. A chain can't group anything: each of its tasks waits for one sync of
            the disk (engine.fdatasync_us), whoever schedules it. engine.*_memory_s are the same work without a disk: bookkeeping alone.
map1m       foreach over 1,000,000 no-op items, durable like the above; the memory is that of the whole process, at its most
validate    `millrace validate` on 1,000 files of 20 tasks
recover     1,000 open runs of 100 tasks: start of a process to the first lease that a worker gets
idle        `millrace serve` with 1,000 schedules and nothing to do, a minute long (--full: ten)
"""
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

SHAPES = ("chain", "fan_out", "layered")


class Scratch:
    """A folder on the disk of the build: a temporary one may lie in memory."""

    def __init__(self, build):
        self.build = build

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="bench-", dir=self.build)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)


def call(build, *words):
    """Figures of one bench: {id: value}."""
    done = subprocess.run([build / "bench/bench_engine", *map(str, words)], stdout=subprocess.PIPE, text=True, check=True)
    return {figure["id"]: figure["value"] for figure in map(json.loads, done.stdout.splitlines())}


def fdatasync(build, results):
    times = []
    with Scratch(build) as folder, open(os.path.join(folder, "file"), "w+b", buffering=0) as file:
        file.write(bytes(8192 * 1000))
        os.fsync(file)
        for place in range(1000):
            os.pwrite(file.fileno(), os.urandom(8192), place * 8192)
            began = time.perf_counter()
            os.fdatasync(file)
            times.append((time.perf_counter() - began) * 1e6)
    results.add("engine.fdatasync_us", times, "us")


def decide(build, results):
    done = subprocess.run([build / "bench/bench_decide", "--benchmark_format=json", "--benchmark_repetitions=5"], capture_output=True, text=True, check=True)
    rates = {}
    for run in json.loads(done.stdout)["benchmarks"]:
        if run["run_type"] == "iteration":
            for key, value in run.items():
                if "." in key and isinstance(value, (int, float)):
                    rates.setdefault(key, []).append(value)
    for key, values in rates.items():
        results.add(key, values, "1/s", "higher")


def durable(build, results):
    for name, slots, runs in (("engine.durable_tasks_per_s", 1000, 100), ("engine.durable_16slots_tasks_per_s", 16, 20)):
        values = []
        for _ in range(5):
            with Scratch(build) as folder:
                values.append(call(build, "durable", folder, slots, runs, 1000, name)[name])
        results.add(name, values, "1/s", "higher")


def dags(build, results):
    for name, tasks in (("engine.dag21k", 21407), ("engine.dag100k", 100000)):
        slowest = []
        for shape in SHAPES:
            for kind, suffix in (("durable", ""), ("memory", "_memory")):
                times = []
                for _ in range(3):
                    with Scratch(build) as folder:
                        times.append(call(build, "dag", folder, shape, tasks, kind, "it")["it_s"])
                results.add(f"{name}_{shape}{suffix}_s", times, "s")
                if kind == "durable" and (not slowest or statistics.median(times) > statistics.median(slowest)):
                    slowest = times
        results.add(f"{name}_s", slowest, "s")


def map1m(build, results):
    times, memory = [], []
    for _ in range(2):
        with Scratch(build) as folder:
            figures = call(build, "map", folder, 1_000_000, 1000, "engine.map1m")
        times.append(figures["engine.map1m_s"])
        memory.append(figures["engine.map1m_rss_mb"])
    results.add("engine.map1m_s", times, "s")
    results.add("engine.map1m_rss_mb", memory, "MiB", value=max(memory))


def write_dags(folder, count, head):
    """Dags of 20 tasks, each but the first three needing two before it."""
    for number in range(count):
        lines = [f"dag: dag_{number}", *head(number), "defaults: {retry: {attempts: 3}}", "tasks:"]
        for task in range(20):
            needs = f", needs: [t{task - 3}, t{task - 2}]" if task >= 3 else ""
            lines.append(f"  t{task}: {{uses: shell.run{needs}, with: {{run: 'echo {number} {task}'}}}}")
        (pathlib.Path(folder) / f"dag_{number}.yaml").write_text("\n".join(lines) + "\n")


def validate(build, results):
    times = []
    with Scratch(build) as folder:
        write_dags(folder, 1000, lambda number: [])
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([build / "bin/millrace", "validate", folder], check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - began)
    results.add("engine.validate1000_s", times, "s")


def recover(build, results):
    times = []
    with Scratch(build) as full:
        call(build, "fill", full, 1000, 100)
        for _ in range(5):
            with Scratch(build) as folder:
                for file in os.listdir(full):
                    shutil.copy(os.path.join(full, file), folder)
                times.append(call(build, "recover", folder, time.monotonic_ns())["engine.recover_s"])
    results.add("engine.recover_s", times, "s")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    return next(int(line.split()[1]) / 1024 for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))


def idle(build, results, seconds):
    with Scratch(build) as folder:
        dag_folder = pathlib.Path(folder) / "dags"
        dag_folder.mkdir()
        # Once a day each, all through the day.
        write_dags(dag_folder, 1000, lambda number: [f'schedule: "{number * 7 % 60} {number % 24} * * *"'])
        server = subprocess.Popen([build / "bin/millrace", "serve", "--home", os.path.join(folder, "home"), "--dags", dag_folder, "--http-port", "0", "--rpc-port", "0", "--workers", "0"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            if b"is ready" not in server.stdout.readline():
                raise SystemExit("the server did not start; nothing was measured")
            time.sleep(5)  # starting is not idling
            memory, cpu = [], []
            for _ in range(10):
                before, began = cpu_seconds(server.pid), time.monotonic()
                time.sleep(seconds / 10)
                cpu.append((cpu_seconds(server.pid) - before) / (time.monotonic() - began) * 100)
                memory.append(rss_mb(server.pid))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=60)
    results.add("engine.idle_rss_mb", memory, "MiB", value=max(memory))
    results.add("engine.idle_cpu_pct", cpu, "%", value=statistics.mean(cpu))


def engine(build, results, full, only=None):
    parts = {"fdatasync": fdatasync, "decide": decide, "durable": durable, "dags": dags, "map1m": map1m, "validate": validate, "recover": recover,
             "idle": lambda b, r: idle(b, r, 600 if full else 60)}
    for name, part in parts.items():
        if not only or name in only:
            part(build, results)
