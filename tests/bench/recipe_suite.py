"""The suite `recipe`: what a recipe costs, beside what others need for the same steps in the same hour.

steps       recipe.apply of 20 cleansing steps on --rows customers' orders (10 M): from asking for the run to its end, commit included. Beside it
            the same by one hand-written SQL statement in DuckDB and by polars, each in a process of its own, from its first statement to its
            file, and by pandas on at most a million of the rows. Ratios are the peer's time over ours on as many rows; all must give the same
            figures, or the bench fails.
profile     recipe.profile of a tenth of the rows (1 M) with 20 columns of every kind, every statistic of a DataBrew job: from asking for the run to
            its end. Beside it SUMMARIZE of DuckDB, which finds a good deal less.
try         `millrace recipe try` of seven of the steps on 20 rows of a CSV file of those orders (10 M: a gigabyte): the whole process.

A peer that Python can't import is left out, and said so. --peers names the interpreter that has them.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import time

from data_suite import House, has
from engine_suite import Scratch

ROUNDS = 3
MOST_OF_PANDAS = 1_000_000
# No chance in it: each row follows from its number. One amount in forty is missing or a word, one row in fifty is a test.
SOURCE = """dag: sources
tasks:
  orders:
    uses: sql.query
    runs_on: {{cpu: 2, memory: 4GiB}}
    with:
      into: raw.orders
      sql: |
        with r as (select i, hash(i) as h from range({rows}) t(i))
        select i as id, (['  ada  lovelace', 'ALAN TURING ', 'grace   hopper', 'edsger dijkstra', ' Barbara Liskov '])[1 + cast(h % 5 as int)] as name,
               case when h % 97 = 0 then null else ' User' || i % 100000 || (['@Example.com', '@mail.example.ORG ', '.example.com'])[1 + cast(h % 101 // 40 as int)] end as email,
               '(0' || 100 + h % 800 || ') ' || 1000000 + i % 8999999 as phone, (['de', 'PT', '', 'us', null])[1 + cast(h % 71 // 16 as int)] as country,
               (['new', 'canceled', 'paid', 'shipped', 'canceled'])[1 + cast(h % 13 % 5 as int)] as state, case when h % 50 = 0 then 'test' else 'real' end as kind,
               case when h % 80 = 0 then null when h % 80 = 1 then 'free' else cast((h % 100000) / 100 as varchar) end as amount, case when h % 30 > 0 then cast(h % 9 + 1 as varchar) end as quantity,
               case when h % 3 = 0 then strftime(moment, '%m/%d/%Y') else strftime(moment, '%Y-%m-%d %H:%M:%S') end as ordered
        from r, lateral (select timestamp '2024-01-01' + to_seconds(cast(h % 63072000 as int)) as moment)
"""
DAG = """dag: {dag}
tasks:
  clean: {{uses: recipe.apply, runs_on: {{cpu: 2, memory: 2GiB}}, with: {{input: raw.orders, recipe: {recipe}, into: clean.{dag}}}}}
"""


def step(operation, conditions=(), **parameters):
    return {"Action": {"Operation": operation, "Parameters": parameters}, "ConditionExpressions": list(conditions)}


STEPS = [
    step("REMOVE_COMBINED", sourceColumn="name", removeLeadingAndTrailingWhitespace="true", collapseConsecutiveWhitespace="true"),
    step("CAPITAL_CASE", sourceColumn="name"),
    step("REMOVE_COMBINED", sourceColumn="email", removeAllWhitespace="true"),
    step("LOWER_CASE", sourceColumn="email"),
    step("REMOVE_MISSING", sourceColumn="email"),
    step("REMOVE_VALUES", [{"Condition": "IS", "TargetColumn": "kind", "Value": '["test"]'}], sourceColumn="kind"),
    step("DELETE", sourceColumns='["kind"]'),
    step("FLAG_COLUMN_FROM_PATTERN", sourceColumn="email", targetColumn="reachable", flagType="Pattern", pattern=r"^[^@\s]+@[^@\s]+\.[a-z]+$", trueString="yes", falseString="no"),
    step("EXTRACT_PATTERN", sourceColumn="email", targetColumn="domain", pattern="[^@]+$"),
    step("REPLACE_TEXT", sourceColumn="phone", pattern="[^0-9]", value=""),
    step("UPPER_CASE", sourceColumn="country"),
    step("FILL_WITH_CUSTOM", sourceColumn="country", columnDataType="string", value="??"),
    step("REPLACE_TEXT", sourceColumn="state", pattern="^canceled$", value="cancelled"),
    step("CHANGE_DATA_TYPE", sourceColumn="amount", columnDataType="double"),
    step("FILL_WITH_MEDIAN", sourceColumn="amount"),
    step("CHANGE_DATA_TYPE", sourceColumn="quantity", columnDataType="int"),
    step("FILL_WITH_CUSTOM", sourceColumn="quantity", columnDataType="int", value="1"),
    step("CHANGE_DATA_TYPE", sourceColumn="ordered", columnDataType="timestamp"),
    step("MULTIPLY", sourceColumn1="quantity", sourceColumn2="amount", targetColumn="total"),
    step("BUCKETIZATION", sourceColumn="total", targetColumn="size", splits='["0", "100", "1000", "Infinity"]', bucketNames='["small", "medium", "large"]'),
]
WIDE = """dag: sources
tasks:
  wide:
    uses: sql.query
    runs_on: {{cpu: 2, memory: 4GiB}}
    with:
      into: raw.wide
      sql: |
        with r as (select i, hash(i) as h from range({rows}) t(i))
        select i as id, h % 1000 as n1, cast(h % 65536 as int) as n2, cast(hash(i, 1) % 10 as int) as n3, i * i % 7919 as n4, case when h % 20 > 0 then h % 500 end as n5,
               (hash(i, 2) % 1000000) / 1000 as x1, sqrt(hash(i, 3) % 100000) as x2, ln(1 + hash(i, 4) % 100000) as x3, case when h % 9 > 0 then (hash(i, 5) % 777) / 7 end as x4,
               'customer ' || h % 100000 as t1, (['red', 'green', 'blue', 'black', null])[1 + cast(h % 5 as int)] as t2, 'user' || i || '@example.com' as t3,
               chr(cast(65 + h % 26 as int)) || h % 100 as t4, case when h % 4 > 0 then 'a sentence of ' || h % 3000 || ' words' else '' end as t5, h % 3 = 0 as b1, h % 50 = 0 as b2,
               date '2020-01-01' + cast(h % 1500 as int) as d1, timestamp '2024-01-01' + to_seconds(cast(h % 63072000 as int)) as d2, cast((h % 100000) / 100 as decimal(9, 2)) as m1
        from r
"""
PROFILE = """dag: profile
tasks:
  look: {{uses: recipe.profile, runs_on: {{cpu: 2, memory: 2GiB}}, with: {{input: raw.wide, all_types: true, report: {report}}}}}
"""
COLUMNS = 20
FIGURES = """select count(*), sum(quantity), round(sum(total), 0), count(*) filter (reachable = 'yes'), count(*) filter (size = 'medium'), count(distinct domain), sum(length(name)), sum(length(phone)),
             max(ordered), count(*) filter (country = '??'), count(*) filter (state = 'cancelled') from read_parquet({files})"""
PEER = r"""
import json, sys, time
which, given = sys.argv[1], json.loads(sys.stdin.read())
if which == "look":
    import duckdb
    print(json.dumps([str(v) for v in duckdb.execute(given["sql"]).fetchone()]))
    sys.exit()
if which == "csv":
    import duckdb
    duckdb.execute("set enable_progress_bar = false")
    duckdb.execute(f"copy (select * from read_parquet({given['orders']!r})) to {given['out']!r} (format csv, header)")
    print("{}")
    sys.exit()
if which == "summarize":
    import duckdb
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false; set threads = 2")
    began = time.perf_counter()
    base.execute(f"summarize select * from read_parquet({given['files']!r})").fetchall()
    print(json.dumps({"seconds": time.perf_counter() - began}))
    sys.exit()
if which == "duckdb":
    import duckdb
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false; set threads = 2; set memory_limit = '4GiB'; set preserve_insertion_order = false; set temp_directory = '" + given["out"] + ".tmp'")
    began = time.perf_counter()
    base.execute(f"create view orders as select * from read_parquet({given['orders']!r})")
    base.execute(r'''copy (
        with kept as (select *, lower(regexp_replace(email, '\s+', '', 'g')) as mail, try_cast(trim(amount) as double) as worth, try_cast(quantity as int) as many
                      from orders where email <> '' and kind <> 'test'),
             middle as (select median(worth) as worth from kept),
             whole as (select k.*, coalesce(k.worth, m.worth) as price, coalesce(many, 1) as pieces from kept k, middle m)
        select id, array_to_string(list_transform(string_split(regexp_replace(trim(name), '\s+', ' ', 'g'), ' '), lambda w: upper(w[1]) || lower(w[2:])), ' ') as name, mail as email,
               case when regexp_matches(mail, '^[^@\s]+@[^@\s]+\.[a-z]+$') then 'yes' else 'no' end as reachable, regexp_extract(mail, '[^@]+$') as domain,
               regexp_replace(phone, '[^0-9]', '', 'g') as phone, coalesce(nullif(upper(country), ''), '??') as country, regexp_replace(state, '^canceled$', 'cancelled') as state,
               price as amount, pieces as quantity, coalesce(try_cast(ordered as timestamp), try_strptime(ordered, '%m/%d/%Y')) as ordered, pieces * price as total,
               case when pieces * price < 100 then 'small' when pieces * price < 1000 then 'medium' else 'large' end as size
        from whole) to ''' + repr(given["out"]) + " (format parquet, compression zstd)")
elif which == "polars":
    import polars as pl
    began = time.perf_counter()
    c = pl.col
    kept = (pl.scan_parquet(given["orders"]).filter((c("email") != "") & (c("kind") != "test"))
            .with_columns(name=c("name").str.strip_chars().str.replace_all(r"\s+", " ").str.to_titlecase(), email=c("email").str.replace_all(r"\s+", "").str.to_lowercase(),
                          phone=c("phone").str.replace_all("[^0-9]", ""), country=c("country").str.to_uppercase().replace("", None).fill_null("??"),
                          state=c("state").str.replace("^canceled$", "cancelled"), amount=c("amount").cast(pl.Float64, strict=False), quantity=c("quantity").cast(pl.Int32, strict=False).fill_null(1),
                          ordered=pl.coalesce(c("ordered").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False), c("ordered").str.to_datetime("%m/%d/%Y", strict=False)))
            .drop("kind"))
    (kept.with_columns(amount=c("amount").fill_null(c("amount").median()), reachable=pl.when(c("email").str.contains(r"^[^@\s]+@[^@\s]+\.[a-z]+$")).then(pl.lit("yes")).otherwise(pl.lit("no")),
                       domain=c("email").str.extract("([^@]+)$"))
         .with_columns(total=c("amount") * c("quantity"))
         .with_columns(size=pl.when(c("total") < 100).then(pl.lit("small")).when(c("total") < 1000).then(pl.lit("medium")).otherwise(pl.lit("large")))
         .collect(engine="streaming").write_parquet(given["out"], compression="zstd"))
else:
    import numpy as np, pandas as pd
    began = time.perf_counter()
    d = pd.concat([pd.read_parquet(path) for path in given["orders"]])
    d = d[d["email"].notna() & (d["email"] != "") & (d["kind"] != "test")].drop(columns="kind")
    d["name"] = d["name"].str.strip().str.replace(r"\s+", " ", regex=True).str.title()
    d["email"] = d["email"].str.replace(r"\s+", "", regex=True).str.lower()
    d["reachable"] = np.where(d["email"].str.match(r"^[^@\s]+@[^@\s]+\.[a-z]+$"), "yes", "no")
    d["domain"] = d["email"].str.extract("([^@]+)$")
    d["phone"] = d["phone"].str.replace("[^0-9]", "", regex=True)
    d["country"] = d["country"].str.upper().replace("", None).fillna("??")
    d["state"] = d["state"].str.replace("^canceled$", "cancelled", regex=True)
    d["amount"] = pd.to_numeric(d["amount"], errors="coerce")
    d["amount"] = d["amount"].fillna(d["amount"].median())
    d["quantity"] = pd.to_numeric(d["quantity"], errors="coerce").fillna(1).astype("int32")
    d["ordered"] = pd.to_datetime(d["ordered"], format="%Y-%m-%d %H:%M:%S", errors="coerce").fillna(pd.to_datetime(d["ordered"], format="%m/%d/%Y", errors="coerce"))
    d["total"] = d["amount"] * d["quantity"]
    d["size"] = pd.cut(d["total"], [0, 100, 1000, np.inf], right=False, labels=["small", "medium", "large"]).astype(str)
    d.to_parquet(given["out"], compression="zstd")
print(json.dumps({"seconds": time.perf_counter() - began}))
"""


def ask(python, which, given):
    done = subprocess.run([python, "-c", PEER, which], input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def measured(build, rows, python, peers):
    """Seconds by name, of each round; the figures of all must be the same."""
    times = {name: [] for name in ["millrace", *peers]}
    with Scratch(build) as folder:
        recipe = pathlib.Path(folder) / "recipe.json"
        recipe.write_text(json.dumps(STEPS))
        with House(build, folder, sources=SOURCE.format(rows=rows), orders=DAG.format(dag="orders", recipe=recipe)) as house:
            house.seconds("sources", "sources")
            orders = house.files("raw.orders")
            for turn in range(ROUNDS):
                times["millrace"].append(house.seconds("orders", f"orders {turn}"))
                for name in peers:
                    times[name].append(ask(python, name, {"orders": orders, "out": str(pathlib.Path(folder) / f"{name}.parquet")})["seconds"])
            made = {"millrace": house.files("clean.orders"), **{name: [str(pathlib.Path(folder) / f"{name}.parquet")] for name in peers}}
            if has(python, "duckdb"):
                figures = {name: ask(python, "look", {"sql": FIGURES.format(files=files)}) for name, files in made.items()}
                if len({tuple(one) for one in figures.values()}) > 1:
                    raise SystemExit(f"the results differ: {figures}")
    return times


def add(results, times, labels):
    ours = times["millrace"]
    for name, label in labels.items():
        results.add(f"recipe.{name}_s", times[name], "s")
        results.add(f"recipe.ratio_{label}", [theirs / mine for theirs, mine in zip(times[name], ours)], "ratio", "higher", value=statistics.median(times[name]) / statistics.median(ours))


def steps(build, results, rows, python):
    peers = {"duckdb": "sql", "polars": "polars", "pandas": "pandas"}
    for name in [name for name in peers if not has(python, name)]:
        print(f"  recipe.ratio_{peers.pop(name)}: not measured, {python} has no {name}", flush=True)
    fast = {name: label for name, label in peers.items() if name != "pandas"}
    times = measured(build, rows, python, list(fast))
    results.add("recipe.steps20_s", times["millrace"], "s")
    add(results, times, fast)
    if "pandas" in peers:
        add(results, measured(build, min(rows, MOST_OF_PANDAS), python, ["pandas"]), {"pandas": "pandas"})


def profile(build, results, rows, python):
    ours, theirs = [], []
    with Scratch(build) as folder:
        report = pathlib.Path(folder) / "report.json"
        with House(build, folder, sources=WIDE.format(rows=rows // 10), profile=PROFILE.format(report=report)) as house:
            house.seconds("sources", "sources")
            files = house.files("raw.wide")
            for turn in range(ROUNDS):
                ours.append(house.seconds("profile", f"profile {turn}"))
                if has(python, "duckdb"):
                    theirs.append(ask(python, "summarize", {"files": files})["seconds"])
        found = json.loads(report.read_text())
        if len(found["columns"]) != COLUMNS or found["sampleSize"] != rows // 10:
            raise SystemExit(f"the report is of {len(found['columns'])} columns and {found['sampleSize']} rows")
    results.add("recipe.profile_s", ours, "s")
    if theirs:
        results.add("recipe.profile_summarize_s", theirs, "s")


def trial(build, results, rows, python):
    if not has(python, "duckdb"):
        print(f"  recipe.try_ms: not measured, {python} has no duckdb to write the file", flush=True)
        return
    times = []
    with Scratch(build) as folder:
        recipe, table = pathlib.Path(folder) / "recipe.json", pathlib.Path(folder) / "orders.csv"
        recipe.write_text(json.dumps(STEPS))
        with House(build, folder, sources=SOURCE.format(rows=rows)) as house:
            house.seconds("sources", "sources")
            ask(python, "csv", {"orders": house.files("raw.orders"), "out": str(table)})
        for _ in range(2 * ROUNDS + 1):
            began = time.perf_counter()
            subprocess.run([build / "bin/millrace", "recipe", "try", recipe, "--data", table, "--step", "7", "--rows", "20"], check=True, stdout=subprocess.DEVNULL)
            times.append((time.perf_counter() - began) * 1000)
        results.add("recipe.try_file_mb", [table.stat().st_size / 1e6], "MB", "higher")
    results.add("recipe.try_ms", times, "ms")


PARTS = {"steps": steps, "profile": profile, "try": trial}


def recipe(build, results, full, only=None, rows=10_000_000, python=sys.executable):
    for name, part in PARTS.items():
        if not only or name in only:
            part(build, results, rows, python)
