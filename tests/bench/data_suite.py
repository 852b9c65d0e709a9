"""The suite `data`: what moving and changing data costs, beside what others need for the same in the same hour.

flow        etl.flow of ten transforms on --rows order lines (10 M): filter, derive, deduplicate, join, lookup, derive, window, filter,
            aggregate, add_timestamp, and a write in partitions; from asking for the run to its end, commit included. Beside it the same by
            hand-written SQL in DuckDB and in polars, each in a process of its own, from its first statement to its files; the ratio is that
            of the faster one's time to ours. All three must give the same rows: the bench fails when they do not.
csv, small_task, datasets500   see data_csv.py
merge       see data_merge.py

A peer that Python can't import is left out, and said so: without both there is no ratio. --peers names the interpreter that has them.
"""
import contextlib
import datetime
import json
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import data_csv  # noqa: E402
import data_merge  # noqa: E402
from demo import Server, follow, start_run  # noqa: E402
from engine_suite import Scratch, call  # noqa: E402

ROUNDS = 3
# One line in a hundred was delivered twice, one in fifty has no amount. No chance in it: each row follows from its number.
SOURCES = """dag: sources
defaults: {{runs_on: {{cpu: 2, memory: 4GiB}}}}
tasks:
  lines:
    uses: sql.query
    with:
      into: raw.lines
      sql: |
        select i - i % 100 // 99 as line, cast(hash(i - i % 100 // 99) % {customers} as int) as customer, cast(hash(i - i % 100 // 99, 1) % 5000 as int) as product,
               date '2026-01-01' + cast(hash(i - i % 100 // 99, 2) % 180 as int) as day, i as delivery,
               cast(case when hash(i, 3) % 50 > 0 then hash(i, 3) % 9 + 1 end as int) as quantity, cast((hash(i, 4) % 10000) / 100 as decimal(9, 2)) as price
        from range({rows}) t(i)
  products: {{uses: sql.query, with: {{into: raw.products, sql: "select cast(i as int) as product, 'G' || i % 40 as category, cast(i % 4 as int) as tax from range(5000) t(i)"}}}}
  customers: {{uses: sql.query, with: {{into: raw.customers, sql: "select cast(i as int) as customer, 'R' || i % 12 as region from range({customers}) t(i)"}}}}
"""
FLOW = """dag: flow
tasks:
  flow:
    uses: etl.flow
    runs_on: {cpu: 2, memory: 4GiB}
    with:
      inputs: {lines: raw.lines, products: raw.products, customers: raw.customers}
      steps:
        - filter: {where: "quantity > 0"}
          of: lines
        - derive: {columns: {amount: "quantity * price"}}
        - deduplicate: {by: [line], order_by: [delivery desc]}
        - join: {right: products, "on": [product]}
        - lookup: {right: customers, "on": [customer], take: {region: region}}
        - derive: {columns: {gross: "amount * (100 + tax) / 100", month: "date_trunc('month', day)"}}
        - window: {by: [customer], order_by: [day desc, line], values: {nth: row_number()}}
        - filter: {where: "nth <= 50"}
        - aggregate: {by: [month, region, category, customer], values: {lines: {function: count}, amount: {function: sum, of: amount}, gross: {function: sum, of: gross}, latest: {function: max, of: day}}}
        - add_timestamp: {as: made}
      into: mart.sales
      partition_by: [month]
"""
# What came of it, in figures that don't depend on the order of rows or of what was added.
RESULT = "select count(*), sum(lines), sum(amount), round(sum(gross), 0), count(distinct customer), max(latest) from read_parquet({files}, hive_partitioning = false)"
PEER = """
import json, pathlib, sys, time
which, given = sys.argv[1], json.loads(sys.stdin.read())
if which == "look":
    import duckdb
    print(json.dumps([str(v) for v in duckdb.execute(given["sql"]).fetchone()]))
    sys.exit()
out = pathlib.Path(given["out"])
if which == "duckdb":
    import duckdb
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false; set threads = 2; set memory_limit = '4GiB'; set preserve_insertion_order = false; set temp_directory = '" + str(out) + ".tmp'")
    began = time.perf_counter()
    for name in ("lines", "products", "customers"):
        base.execute(f"create view {name} as select * from read_parquet({given[name]!r})")
    base.execute('''copy (
        with one as (select *, quantity * price as amount from lines where quantity > 0 qualify row_number() over (partition by line order by delivery desc) = 1),
        wide as (select o.*, p.category, c.region, amount * (100 + tax) / 100 as gross, date_trunc('month', day) as month
                 from one o join products p using (product) left join customers c using (customer)
                 qualify row_number() over (partition by customer order by day desc, line) <= 50)
        select month, region, category, customer, count(*) as lines, sum(amount) as amount, sum(gross) as gross, max(day) as latest, now() as made
        from wide group by all) to ''' + repr(str(out)) + ''' (format parquet, compression zstd, partition_by (month), write_partition_columns true)''')
    took = time.perf_counter() - began
else:
    import datetime, polars as pl
    began = time.perf_counter()
    lines, products, customers = (pl.scan_parquet(given[name]) for name in ("lines", "products", "customers"))
    wide = (lines.filter(pl.col("quantity") > 0).with_columns(amount=pl.col("quantity") * pl.col("price"))
            .sort("delivery", descending=True).unique("line", keep="first", maintain_order=True)
            .join(products, on="product").join(customers, on="customer", how="left")
            .with_columns(gross=pl.col("amount").cast(pl.Float64) * (100 + pl.col("tax")) / 100, month=pl.col("day").dt.truncate("1mo"))
            .sort(["customer", "day", "line"], descending=[False, True, False])
            .with_columns(nth=pl.int_range(pl.len()).over("customer")).filter(pl.col("nth") < 50)
            .group_by("month", "region", "category", "customer").agg(lines=pl.len(), amount=pl.col("amount").sum(), gross=pl.col("gross").sum(), latest=pl.col("day").max())
            .with_columns(made=pl.lit(datetime.datetime.now(datetime.timezone.utc)))).collect(engine="streaming")
    for (month,), part in wide.partition_by("month", as_dict=True).items():
        (out / f"month={month}").mkdir(parents=True, exist_ok=True)
        part.write_parquet(out / f"month={month}" / "data.parquet", compression="zstd")
    took = time.perf_counter() - began
print(json.dumps({"seconds": took, "files": [str(path) for path in out.rglob("*.parquet")]}))
"""


class House:
    """A server with one worker, and the datasets that its Dags write."""

    def __init__(self, build, folder, slots=1, **dags):
        self.home = pathlib.Path(folder) / "home"
        place = pathlib.Path(folder) / "dags"
        place.mkdir()
        for name, text in dags.items():
            (place / f"{name}.yaml").write_text(text)
        self.server = Server(str(build), str(self.home), str(place), workers=1, slots=slots)

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def run(self, dag, request_id):
        """The run, which has succeeded."""
        state = follow(self.server, start_run(self.server, dag, {}, request_id), dag)
        if state["state"] != "succeeded":
            raise SystemExit(f"the run of {dag} {state['state']}: " + "; ".join(str(task["why"]) for task in state["tasks"] if task["state"] != "succeeded"))
        return state

    def seconds(self, dag, request_id):
        """From asking for a run to its end, by the server's own clock."""
        state = self.run(dag, request_id)
        asked, ended = (datetime.datetime.fromisoformat(state[moment]) for moment in ("created", "finished"))
        return (ended - asked).total_seconds()

    def files(self, dataset):
        """Paths of the files of its newest snapshot."""
        with contextlib.closing(sqlite3.connect(f"file:{self.home}/millrace.db?mode=ro", uri=True)) as store:
            rows = store.execute("select path from data_file where dataset = (select id from dataset where name = ?) and end_snapshot is null", [dataset])
            return [str(self.home / "data" / path) for path, in rows]


def ask(python, which, given):
    done = subprocess.run([python, "-c", PEER, which], input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def has(python, module):
    return subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def flow(build, results, rows, python):
    peers = {name: [] for name in ("duckdb", "polars") if has(python, name)}
    for name in ("duckdb", "polars"):
        if name not in peers:
            print(f"  data.flow_{name}_s: not measured, {python} has no {name}", flush=True)
    ours, found = [], {}
    with Scratch(build) as folder, House(build, folder, sources=SOURCES.format(rows=rows, customers=max(rows // 100, 1)), flow=FLOW) as house:
        house.seconds("sources", "sources")
        given = {name: house.files("raw." + name) for name in ("lines", "products", "customers")}
        for turn in range(ROUNDS):
            ours.append(house.seconds("flow", f"flow {turn}"))
            for name, times in peers.items():
                out = pathlib.Path(folder) / name
                told = ask(python, name, {**given, "out": str(out)})
                times.append(told["seconds"])
                found[name] = told["files"]
                if turn + 1 < ROUNDS:
                    shutil.rmtree(out)
        found["millrace"] = house.files("mart.sales")
        if "duckdb" in peers:
            figures = {name: ask(python, "look", {"sql": RESULT.format(files=files)}) for name, files in found.items()}
            if len({tuple(one) for one in figures.values()}) > 1:
                raise SystemExit(f"the flow's results differ: {figures}")
    results.add("data.flow_s", ours, "s")
    for name, times in peers.items():
        results.add(f"data.flow_{name}_s", times, "s")
    if len(peers) == 2:
        best = min(peers.values(), key=statistics.median)
        results.add("data.flow_ratio_best", [theirs / mine for theirs, mine in zip(best, ours)], "ratio", "higher", value=statistics.median(best) / statistics.median(ours))
    else:
        print("  data.flow_ratio_best: not measured, it needs both", flush=True)


def of_files(part):
    return lambda build, results, rows, python: part(build, results, rows, python, sys.modules[__name__])


def commits(build, results, rows, python):
    with Scratch(build) as folder:
        for name, value in call(build, "commits", folder).items():
            results.add(name, [value], "ms")


PARTS = {"flow": flow, "commits": commits, "csv": of_files(data_csv.csv), "small_task": of_files(data_csv.small_task), "datasets500": of_files(data_csv.datasets500),
         "merge": of_files(data_merge.merge)}


def data(build, results, full, only=None, rows=10_000_000, python=sys.executable):
    for name, part in PARTS.items():
        if not only or name in only:
            part(build, results, rows, python)
