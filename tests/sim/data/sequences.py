"""Random lives of datasets on a real house: files arrive in a folder or a bucket, are loaded, computed, merged, exported, rewound, restored and
compacted, while processes die at any call that changes something or stand still for longer than a lease, the disk fills up, the network
between a worker and the server is cut, and S3 answers errors or half of a file. Afterwards the catalog must have exactly the rows of a
simple model, and the bucket only whole exports.

One sequence for each seed, in a home of its own. The model believes what the server says of a run, and computes the rest by itself.
"""
import argparse
import collections
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "e2e"))
import kit  # noqa: E402
import network  # noqa: E402

sys.path.insert(0, HERE)
from bucket import TROUBLES, Bucket  # noqa: E402

SOURCE = "ingest.files:raw.events"
DAGS = {
    "load": """dag: load
tasks:
  load: {uses: ingest.files, retry: RETRY, with: {from: "LANDING/*.csv", ACCESSformat: csv, into: raw.events, schema: {id: BIGINT, customer: BIGINT, amount: BIGINT}}}
""",
    "compute": """dag: compute
tasks:
  compute: {uses: sql.query, retry: RETRY, with: {into: mart.sums, mode: replace, sql: "select customer, count(*) as n, sum(amount) as amount from raw.events group by customer"}}
""",
    "merge": """dag: merge
tasks:
  merge: {uses: sql.query, retry: RETRY, with: {into: clean.customers, mode: merge, keys: [customer], newest_by: [id], sql: "select customer, id, amount from raw.events"}}
""",
}
EXPORT = """dag: export
tasks:
  export: {uses: export.file, retry: RETRY, with: {path: "s3://landing/out/events.csv", ACCESSformat: csv, sql: "select id, customer, amount from raw.events order by id"}}
"""
PLUGINS = tuple(f"millrace-{name}.{kind}" for name in ("ingest", "sql", "maintenance") for kind in ("so", "json")) + ("libmillrace-rows.so",)
RETRY = "{attempts: 8, delay: 50ms}"
STEPS = ("deliver", "deliver", "deliver", "load", "load", "load", "compute", "merge", "rewind", "restore", "compact")
EXPORTS = ("export", "export")  # of lives with a bucket
CUTS = ("silence", "reset")
LEASE = 2
# Of its calls, which one: from the first to about as many as it makes in a step or two. A worker is at work after the first ten.
CALLS = {"attempt": (0, 25), "worker": (8, 30), "server": (0, 300)}
# What strikes in a hundred lives, or the proof is weaker than it says: each fault, and work that was given to another worker.
STRIKES = ("attempt.kill", "attempt.full", "worker.kill", "worker.stop", "server.kill", "server.stop", "server.full", *(f"s3.{what}" for what in TROUBLES), *(f"s3.put.{what}" for what in TROUBLES),
           *(f"network.{what}" for what in CUTS), "lease.lost",
           *(f"{what}.succeeded" for what in ("load", "compute", "merge", "export", "position.rewind", "data.drop", "data.restore", "data.compact")))


class Wrong(Exception):
    """The catalog and the model differ."""


class Model:
    def __init__(self):
        self.files, self.loaded = {}, {}   # path -> rows; path -> the run that loaded it
        self.runs, self.sums, self.customers = [], None, {}
        self.exports = {None}              # what the bucket may have: of an export that failed nobody knows whether it arrived

    def rows(self):
        return sorted(row for path in self.loaded for row in self.files[path])


def csv_of(rows):
    return "id,customer,amount\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


class House:
    def __init__(self, seed, preload):
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix=f"millrace-data-{seed}-")
        self.home, self.dags, self.landing = (os.path.join(self.folder, name) for name in ("home", "dags", "in"))
        os.mkdir(self.dags)
        os.mkdir(self.landing)
        self.bucket = Bucket() if self.random.random() < 0.5 else None
        access = f"access: {{endpoint: '{self.bucket.endpoint}'}}, " if self.bucket else ""
        for name, text in {**DAGS, **({"export": EXPORT} if self.bucket else {})}.items():
            with open(os.path.join(self.dags, name + ".yaml"), "w", encoding="utf-8") as file:
                file.write(text.replace("LANDING", "s3://landing/in" if self.bucket else self.landing).replace("ACCESS", access).replace("RETRY", RETRY))
        self.fault = os.path.join(self.folder, "fault")
        isolation = self.random.choice(("process", "process", "pool", "thread"))  # a kept process knows nothing of a later fault, a thread has its worker's
        self.isolation, self.preload = isolation, preload
        self.server = kit.Server(self.home, self.dags, "--workers", 1, "--slots", 1, "--isolation", isolation, "--lease", f"{LEASE}s", before=["env", f"LD_PRELOAD={preload}", f"FAULT={self.fault}"])
        self.network = network.Proxy(kit.free_port(), self.server.rpc_port)
        self.far, self.healing = None, None
        self.waker = Waker(self.fault + ".stopped", self.random.random())
        self.ids = iter(range(1, 1 << 30))
        self.model, self.asked = Model(), 0
        self.strikes, self.struck, self.runs = [], collections.Counter(), []

    # Faults

    def plant(self, step):
        if self.random.random() < 0.1:
            return self.cut()
        if self.bucket and self.random.random() < (0.8 if step == "export" else 0.4):
            what, calls = self.random.choice(TROUBLES), self.random.choice((1, 1, 2, 3, 5))
            self.strikes.append(f"s3 {what} {calls}")
            return self.bucket.trouble(what, calls)
        kind = self.random.choice(("attempt", "attempt", "attempt", "worker", "worker", "server"))
        at = self.random.randrange(*CALLS[kind])
        what = self.random.choice(("kill", "kill", "full") if kind == "attempt" else ("kill", "stop", "full"))
        self.strikes.append(f"{kind} {at} {what}")
        self.count_strike()
        with open(self.fault + ".new", "w", encoding="utf-8") as file:
            file.write(self.strikes[-1])
        os.rename(self.fault + ".new", self.fault)
        if kind == "worker":
            self.join_far(again=True)
        elif kind == "server":
            self.restart()

    def cut(self):
        """Between the far worker and the server, for less or more than a lease."""
        what = self.random.choice(CUTS)
        self.strikes.append(f"network {what}")
        self.heal()
        self.join_far()
        if self.network.writers:
            self.struck[f"network.{what}"] += 1
        getattr(self.network, what)()
        self.healing = threading.Timer(LEASE * self.random.choice((0.3, 1.4)), self.network.heal)
        self.healing.start()

    def heal(self):
        if self.healing:
            self.healing.cancel()
            self.healing.join()
        self.network.heal()

    def join_far(self, again=False):
        """A worker that is no child of the server, and finds it through a network that can be cut; with `again` it begins anew."""
        if self.far and self.far.process.poll() is None:
            if not again:
                return
            self.far.clean()
        self.far = kit.Worker(types.SimpleNamespace(rpc_port=self.network.port), "far", self.folder, "--slots", 1, "--isolation", self.isolation,
                              env={"LD_PRELOAD": self.preload, "FAULT": self.fault})

    def count_strike(self):
        """A process has taken the fault that was planted last."""
        if os.path.exists(self.fault + ".taken"):
            with open(self.fault + ".taken", encoding="utf-8") as file:
                kind, _, what = file.read().split()
            self.struck[f"{kind}.{what}"] += 1
            os.remove(self.fault + ".taken")

    def restart(self):
        self.server.kill()
        self.start()

    def start(self):
        for _ in range(3):  # the planted fault may strike before it is ready
            try:
                return self.server.start(deadline=10)
            except AssertionError:  # it has died, or lives and could not say where
                kit.kill(self.server.process.pid)
                self.server.process.wait(20)
        return self.server.start()

    def again(self, ask):
        """An answer of a server that may die while it is asked: the same question again."""
        def answer():
            if self.server.process.poll() is not None:
                self.start()
            self.join_far()
            return ask()
        return kit.wait_for(answer, 60, "an answer", pause=0.1)  # many lives ask at once, and asking takes cores, too

    # What is done

    def run(self, dag, path=None, body=None):
        self.asked += 1
        body = {**(body or {}), "request_id": f"ask-{self.asked}"}

        def begin():
            answer = self.server.post(path or f"/api/v1/dags/{dag}/runs", body)
            if answer.status >= 500:
                return None
            if answer.status != 201:
                raise Wrong(f"{dag}: {answer.body}")
            return answer.json["id"]
        run = self.again(begin)
        ended = self.again(lambda: (lambda r: r if r.get("state") in kit.ENDED else None)(self.server.run(run)))
        self.runs.append(run)
        self.struck[f"{dag}.{ended['state']}"] += 1
        return run, ended["state"] == "succeeded"

    def maintain(self, uses, **config):
        return self.run(uses, "/api/v1/maintenance", {"uses": uses, "with": config})

    def deliver(self):
        path = os.path.join(self.landing, f"{len(self.model.files):03}.csv")
        rows = [(next(self.ids), self.random.randrange(5), self.random.randrange(100)) for _ in range(self.random.randrange(1, 6))]
        text = csv_of(rows)
        if self.bucket:
            self.bucket.put("in/" + os.path.basename(path), text.encode())
        else:
            with open(path + ".part", "w", encoding="utf-8") as file:
                file.write(text)
            os.rename(path + ".part", path)
        self.model.files[path] = rows

    def load(self):
        run, good = self.run("load")
        if not good:
            return
        fresh = [path for path in self.model.files if path not in self.model.loaded]
        self.model.loaded.update({path: run for path in fresh})
        if fresh:
            self.model.runs.append(run)

    def compute(self):
        if not self.model.runs:
            return
        if self.run("compute")[1]:
            sums = {}
            for _, customer, amount in self.model.rows():
                n, total = sums.get(customer, (0, 0))
                sums[customer] = (n + 1, total + amount)
            self.model.sums = sums

    def merge(self):
        if not self.model.runs:
            return
        if self.run("merge")[1]:
            newest = {customer: (i, amount) for i, customer, amount in self.model.rows()}
            self.model.customers.update(newest)

    def export(self):
        if not self.model.runs:
            return
        new = csv_of(self.model.rows()).encode()
        good = self.run("export")[1]
        # An attempt in a thread stands still with its worker, and may put late what an earlier export was.
        self.model.exports = {new} if good and self.isolation != "thread" else self.model.exports | {new}
        self.check_export()

    def check_export(self):
        there = self.bucket.get("out/events.csv")
        if there not in self.model.exports:
            raise Wrong(f"the export is {there}, and may be {self.model.exports}")

    def rewind(self):
        if not self.model.runs:
            return
        to = self.random.choice(self.model.runs)
        if self.maintain("position.rewind", source=SOURCE, to_run=to)[1]:
            kept = self.model.runs[: self.model.runs.index(to) + 1]
            self.model.loaded = {path: run for path, run in self.model.loaded.items() if run in kept}
            self.model.runs = kept

    def restore(self):
        """Away and back again: the rows are those from before."""
        if not self.model.runs:
            return
        before = self.again(lambda: self.server.get("/api/v1/datasets/raw.events").json)["snapshot"]
        if self.maintain("data.drop", dataset="raw.events", keep_positions=True)[1]:
            for _ in range(5):
                if self.maintain("data.restore", dataset="raw.events", to=f"snapshot:{before}")[1]:
                    return
            raise Wrong("a dropped dataset could not be restored")

    def compact(self):
        if self.model.runs and self.model.loaded:
            self.maintain("data.compact", dataset="clean.customers" if self.model.customers else "raw.events" if not self.will_rewind() else "mart.sums")

    def will_rewind(self):
        return True  # what is compacted with others can't be taken back (E5019): raw.events keeps its files

    # What must hold

    def rows_of(self, dataset, columns):
        answer = self.again(lambda: (lambda a: a if a.status in (200, 404) else None)(self.server.get(f"/api/v1/datasets/{dataset}/rows?limit=1000")))
        if answer.status == 404:
            return []
        return sorted(tuple(int(row[column]) for column in columns) for row in answer.json["rows"])

    def compare(self, what, there, wanted):
        if there != wanted:
            raise Wrong(f"{what}: the catalog has {there}, the model {wanted}")

    def check(self):
        model = self.model
        self.count_strike()
        if os.path.exists(self.fault):
            os.remove(self.fault)
        if self.bucket:
            self.bucket.calm()
            self.check_export()
        self.heal()
        self.waker.wake_all()
        if self.far:
            self.join_far(again=True)  # the disk of one whose disk was full stays full
        self.restart()
        self.compare("raw.events", self.rows_of("raw.events", ("id", "customer", "amount")), model.rows())
        self.compare("mart.sums", self.rows_of("mart.sums", ("customer", "n", "amount")), sorted((c, *sums) for c, sums in (model.sums or {}).items()))
        self.compare("clean.customers", self.rows_of("clean.customers", ("customer", "id", "amount")), sorted((c, *newest) for c, newest in model.customers.items()))
        positions = self.server.get(f"/api/v1/positions/{SOURCE}?limit=1000").json["items"]
        self.compare("positions", sorted(os.path.basename(p["key"]) for p in positions if p["key"]), sorted(os.path.basename(path) for path in model.loaded))
        for dataset in ("raw.events", "mart.sums", "clean.customers"):
            if self.server.get(f"/api/v1/datasets/{dataset}").status != 200:
                continue
            run, good = self.maintain("data.verify", dataset=dataset)
            if not good:
                raise Wrong(f"{dataset} is not as the catalog says: {[attempt.get('error') for attempt in self.server.task(run, 'work')['attempts']]}")
        self.maintain("data.gc", grace="1ms")
        run, good = self.maintain("data.gc", grace="1ms")
        output = self.server.task(run, "work")["output"]
        self.compare("orphans", (good, output.get("orphans")), (True, 0))
        if self.struck["worker.stop"] + self.struck["worker.kill"] + self.struck["network.silence"] + self.struck["network.reset"]:
            self.struck["lease.lost"] += sum(attempt["state"] == "lost" for run in self.runs for task in self.server.run(run)["tasks"] for attempt in self.server.task(run, task["id"]).get("attempts", []))
        code, said, _ = kit.program("db", "check", "--home", self.home)
        if code != 0:
            raise Wrong(f"the store is damaged: {said}")

    def live(self):
        self.start()
        done = []
        for _ in range(self.random.randrange(6, 14)):
            step = self.random.choice(STEPS + (EXPORTS if self.bucket else ()))
            if step != "deliver" and self.random.random() < 0.6:
                self.plant(step)
            getattr(self, step)()
            done.append(step)
        self.check()
        return done

    def close(self):
        self.waker.close()
        self.heal()
        if self.far:
            self.far.clean()
        self.server.clean()
        self.network.close()
        if self.bucket:
            self.bucket.close()
            self.struck += self.bucket.struck
        shutil.rmtree(self.folder, ignore_errors=True)


class Waker:
    """Who stands still goes on after a while: mostly before its lease is over, or long after what it had was given to another."""

    def __init__(self, path, seed):
        self.path, self.random, self.over = path, random.Random(seed), threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.over.wait(0.03):
            if os.path.exists(self.path):
                self.over.wait(LEASE * self.random.choice((0.1, 1.2, 1.6)))
                self.wake_all()

    def wake_all(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                pid = int(file.read())
            os.remove(self.path)
        except (FileNotFoundError, ValueError):
            return
        kit.kill(pid, signal.SIGCONT)

    def close(self):
        self.over.set()
        self.thread.join()
        self.wake_all()


class Life:
    def __init__(self, steps, struck, wrong=None):
        self.steps, self.struck, self.wrong = steps, struck, wrong


def play(seed, preload):
    house = House(seed, preload)
    try:
        return Life(house.live(), house.struck)
    except Exception as error:  # whatever it is, the seed is to be known
        return Life([], house.struck, f"seed {seed}: {error!r} (faults: {', '.join(house.strikes)})")
    finally:
        house.close()


def preload_into(folder):
    with open(os.path.join(HERE, "fault.c"), encoding="utf-8") as file:
        return kit.compiled(os.path.join(folder, "fault.so"), file.read(), "-shared", "-fPIC", "-ldl")


def installation_in(folder):
    """The program with the plugins of these lives and no others: a server that starts again and again looks at each."""
    for path in ("bin/millrace", "lib/millrace/millrace-attempt", *(f"lib/millrace/plugins/{name}" for name in PLUGINS)):
        to = os.path.join(folder, path)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        try:
            os.link(os.path.join(kit.BUILD, path), to)
        except OSError:  # on another file system
            shutil.copy2(os.path.join(kit.BUILD, path), to)
    kit.PROGRAM = os.path.join(folder, "bin/millrace")


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seeds", type=int, default=300)
    words.add_argument("--from", type=int, default=1, dest="first")
    words.add_argument("--jobs", type=int, default=4 * (os.cpu_count() or 1), help="lives at once; most of their time is waiting")
    words.add_argument("--data", action="store_true", help="these very lives: ./dev sim tells them from those without data by it")
    words.add_argument("--json", action="store_true", help="the last line is JSON in any case")
    asked = words.parse_args()
    folder = tempfile.mkdtemp(prefix="millrace-data-")
    began = time.monotonic()
    try:
        preload = preload_into(folder)
        installation_in(folder)
        seeds = range(asked.first, asked.first + asked.seeds)
        with ThreadPoolExecutor(asked.jobs) as pool:
            lives = list(pool.map(lambda seed: play(seed, preload), seeds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = [(seed, life.wrong) for seed, life in zip(seeds, lives) if life.wrong]
    for _, wrong in failed:
        print(wrong, file=sys.stderr)
    digest = hashlib.sha256(json.dumps([life.steps for life in lives]).encode()).hexdigest()[:16]
    many = asked.seeds >= 100
    never = sorted(set(STEPS + EXPORTS) - {step for life in lives for step in life.steps}) if many else []
    struck = sum((life.struck for life in lives), collections.Counter())
    spared = sorted(set(STRIKES) - set(struck)) if many else []
    print(json.dumps({"seeds": asked.seeds, "failures": len(failed), "first_failing_seed": failed[0][0] if failed else None, "digest": digest,
                      "worlds_per_s": round(asked.seeds / (time.monotonic() - began), 2), "moves_never_taken": never, "sometimes_never": spared, "faults": dict(sorted(struck.items()))}))
    return 1 if failed or never or spared else 0


if __name__ == "__main__":
    sys.exit(main())
