"""Parts of the suite `data` about files that arrive (data_suite.py).

csv         --rows order lines in 219 CSV files, one in 10,000 broken, to a typed snapshot: every reject with its file, line, column, text and reason,
            statistics, commit; from asking for the run to its end. Beside it DuckDB alone with store_rejects, and polars, which takes what it can cast.
small_task  a task that makes 10,000 rows and writes them, in a child that is warm: from asking for the run to its end.
datasets500 one Dag of 500 tasks, each of which loads a CSV file of 1,000 lines into a dataset of its own, its types found out; two slots. How many
            of them in a second, from asking for the run to its end, in a house of its own each time.
"""
import contextlib
import json
import pathlib
import shutil
import sqlite3
import statistics
import subprocess

FILES = 219
COLUMNS = {"order_line_id": "BIGINT", "invoice": "VARCHAR", "stock_code": "VARCHAR", "description": "VARCHAR", "quantity": "INTEGER", "invoice_date": "TIMESTAMP", "unit_price": "DECIMAL(10,2)",
           "customer_id": "INTEGER", "country": "VARCHAR"}
GOODS = ["WHITE HANGING HEART T-LIGHT HOLDER", "REGENCY CAKESTAND 3 TIER", "JUMBO BAG RED RETROSPOT", "PARTY BUNTING", "ASSORTED COLOUR BIRD ORNAMENT"]
LANDS = ["United Kingdom", "Germany", "France", "EIRE", "Spain"]
LOAD = """dag: load
tasks:
  load:
    uses: ingest.files
    runs_on: {cpu: 2, memory: 4GiB}
    with: {from: "../landing/*.csv", format: csv, into: raw.order_lines, mode: replace, on_change: reload, schema: SCHEMA}
"""
SMALL = """dag: small
tasks:
  copy: {uses: sql.query, with: {into: mart.small, sql: "select i as id, 'name ' || i as name, i * 1.5 as amount from range(10000) t(i)"}}
"""
DATASETS, LINES = 500, 1_000
INGEST = """  load_{0:03}: {{uses: ingest.files, with: {{from: "../landing/orders_{0:03}.csv", format: csv, into: raw.orders_{0:03}}}}}
"""
PEER = """
import json, sys, time
which, given = sys.argv[1], json.loads(sys.stdin.read())
began = time.perf_counter()
if which == "duckdb":
    import duckdb
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false; set threads = 2; set memory_limit = '4GiB'; set preserve_insertion_order = false")
    base.execute(f"copy (select * from read_csv({given['from']!r}, header = true, columns = {given['columns']!r}, auto_detect = false, store_rejects = true)) to {given['out']!r} (format parquet, compression zstd)")
    rows = base.execute(f"select count(*) from read_parquet({given['out']!r})").fetchone()[0]
else:
    import polars as pl
    types = {"BIGINT": pl.Int64, "VARCHAR": pl.String, "INTEGER": pl.Int32, "TIMESTAMP": pl.Datetime, "DECIMAL(10,2)": pl.Decimal(10, 2)}
    pl.scan_csv(given["from"], schema={name: types[kind] for name, kind in given["columns"].items()}, ignore_errors=True, try_parse_dates=False, truncate_ragged_lines=True).sink_parquet(given["out"], compression="zstd")
    rows = pl.scan_parquet(given["out"]).select(pl.len()).collect().item()
print(json.dumps({"seconds": time.perf_counter() - began, "rows": rows}))
"""


def line(number):
    day = f"2010-12-{number % 28 + 1:02} {number % 12 + 8:02}:{number % 60:02}:00"
    quantity = "many" if number % 10_000 == 0 else number % 50 + 1
    return f"{number},5{number % 99_999:05},{20_000 + number % 4_000},{GOODS[number % 5]},{quantity},{day},{number % 2_000 / 100:.2f},{12_000 + number % 6_000},{LANDS[number % 5]}\n"


def lay_out(folder, rows, files=FILES):
    """The files, and how many of their lines are broken."""
    folder.mkdir()
    header, each = ",".join(COLUMNS) + "\n", rows // files
    for file in range(files):
        with open(folder / f"orders_{file:03}.csv", "w", encoding="utf-8") as out:
            out.write(header)
            out.writelines(line(number) for number in range(file * each + 1, (file + 1) * each + 1))
    return each * files, each * files // 10_000


def ask(python, which, given):
    done = subprocess.run([python, "-c", PEER, which], input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def counts(house):
    with contextlib.closing(sqlite3.connect(f"file:{house.home}/millrace.db?mode=ro", uri=True)) as store:
        summary, = store.execute("select summary from snapshot where dataset = (select id from dataset where name = 'raw.order_lines') order by id desc").fetchone()
        return json.loads(summary)


def csv(build, results, rows, python, suite):
    peers = {name: [] for name in ("duckdb", "polars") if suite.has(python, name)}
    ours = []
    schema = json.dumps(COLUMNS)
    with suite.Scratch(build) as folder:
        landing = pathlib.Path(folder) / "landing"
        lines, broken = lay_out(landing, rows)
        for turn in range(suite.ROUNDS):
            with suite.House(build, folder, load=LOAD.replace("SCHEMA", schema)) as house:
                ours.append(house.seconds("load", f"load {turn}"))
                told = counts(house)
                if (told["rows_in"], told["rows_rejected"]) != (lines, broken):
                    raise SystemExit(f"{lines} lines with {broken} broken ones were laid out, and the snapshot says {told}")
            shutil.rmtree(house.home)
            shutil.rmtree(pathlib.Path(folder) / "dags")
            for name, times in peers.items():
                out = str(pathlib.Path(folder) / f"{name}.parquet")
                times.append(ask(python, name, {"from": f"{landing}/*.csv", "columns": COLUMNS, "out": out})["seconds"])
    results.add("data.csv_s", ours, "s")
    for name, times in peers.items():
        results.add(f"data.csv_{name}_s", times, "s")
        results.add(f"data.csv_ratio_{name}", [theirs / mine for theirs, mine in zip(times, ours)], "ratio", "higher", value=statistics.median(times) / statistics.median(ours))
    for name in {"duckdb", "polars"} - set(peers):
        print(f"  data.csv_ratio_{name}: not measured, {python} has no {name}", flush=True)


def small_task(build, results, _rows, _python, suite):
    with suite.Scratch(build) as folder, suite.House(build, folder, small=SMALL) as house:
        for turn in range(3):
            house.seconds("small", f"warm {turn}")
        results.add("data.small_task_ms", [house.seconds("small", f"run {turn}") * 1000 for turn in range(30)], "ms")


def loaded(house):
    """Datasets, and their rows."""
    with contextlib.closing(sqlite3.connect(f"file:{house.home}/millrace.db?mode=ro", uri=True)) as store:
        return store.execute("select count(distinct dataset), sum(rows) from data_file where end_snapshot is null").fetchone()


def datasets500(build, results, _rows, _python, suite):
    rates = []
    with suite.Scratch(build) as folder:
        landing = pathlib.Path(folder) / "landing"
        lay_out(landing, DATASETS * LINES, DATASETS)
        dag = "dag: ingest\ntasks:\n" + "".join(INGEST.format(file) for file in range(DATASETS))
        for turn in range(suite.ROUNDS):
            with suite.House(build, folder, slots=2, ingest=dag) as house:
                rates.append(DATASETS / house.seconds("ingest", f"ingest {turn}"))
                if (found := loaded(house)) != (DATASETS, DATASETS * LINES):
                    raise SystemExit(f"{DATASETS} datasets of {LINES} rows were to be loaded, and there are {found}")
            shutil.rmtree(house.home)
            shutil.rmtree(pathlib.Path(folder) / "dags")
    results.add("data.datasets500_per_s", rates, "1/s", "higher")
