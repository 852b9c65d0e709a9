"""The suite `quality`: what checks cost, beside what others need for the same checks of the same file in the same hour.

checks16    `millrace quality check` of 16 checks (14 that one scan answers, and two of uniqueness) on --rows retail order lines (10 M), Parquet. Beside it
            one hand-fused plan in DuckDB, and Great Expectations on pandas. Seconds are those of whole processes, from their start to their end.
wide226     the same with 226 checks on a tenth as many rows of 80 columns (1 M), beside DuckDB's hand-fused query alone.
first       the same with the 16 checks on 10,000 rows: process start to verdict, in milliseconds.
unique3     uniqueness of three keys of --rows rows, with a memory limit of 768 MiB: seconds, and the largest of its processes in MiB.

Every peer must come to the same verdicts, or the bench fails. A peer that Python can't import is left out, and said so. --peers names the
interpreter that has them (pip install duckdb great_expectations, in an environment of its own).
"""
import json
import os
import pathlib
import select
import statistics
import subprocess
import sys
import tempfile
import time

from data_suite import has
from engine_suite import Scratch

ROUNDS = 3
FIRST_ROUNDS, FIRST_ROWS = 10, 10_000
COUNTRIES = ["United Kingdom", "Germany", "France", "EIRE", "Spain", "Netherlands", "Belgium", "Switzerland", "Portugal", "Australia", "Norway", "Italy", "Finland", "Cyprus", "Sweden", "Austria",
             "Denmark", "Japan", "Poland", "USA"]
# Order lines as those of a gift shop: five lines an invoice, a quarter of the customers unknown. No chance in it: each row follows from its number.
LINES = """select i as line_id, cast(536365 + i // 5 as varchar) as invoice, cast(i % 5 + 1 as int) as line, cast(10000 + hash(i, 1) % 80000 as varchar) || (['', 'A', 'B', ''])[1 + cast(hash(i, 2) % 4 as int)] as stock_code,
        'SET OF ' || hash(i, 3) % 24 || (['  TEA TOWELS', ' RETROSPOT BAGS', ' HEART CANDLES'])[1 + cast(hash(i, 4) % 3 as int)] as description, cast(hash(i, 5) % 96 as int) + 1 as quantity,
        timestamp '2010-12-01 08:00:00' + to_seconds(cast(i // 5 % 23000000 as int)) as invoiced, cast((hash(i, 6) % 4000) / 100 as double) + 0.05 as unit_price,
        case when hash(i // 5, 7) % 4 > 0 then cast(12346 + hash(i // 5, 8) % 5942 as int) end as customer, {countries}[1 + cast(hash(i // 5, 9) % 20 as int)] as country
from range({rows}) t(i)"""
# 20 columns each of whole numbers, of other numbers, of words, of codes.
WIDE = """select {columns} from range({rows}) t(i)"""


def expect(kind, **kwargs):
    return {"type": "expect_" + kind, "kwargs": kwargs}


def checks16(rows):
    return [
        expect("table_row_count_to_be_between", min_value=rows // 2, max_value=rows * 2),
        expect("column_values_to_not_be_null", column="invoice"),
        expect("column_values_to_not_be_null", column="stock_code"),
        expect("column_values_to_not_be_null", column="quantity"),
        expect("column_values_to_not_be_null", column="unit_price"),
        expect("column_values_to_not_be_null", column="customer", mostly=0.7),
        expect("column_values_to_be_between", column="quantity", min_value=1, max_value=1000),
        expect("column_values_to_be_between", column="unit_price", min_value=0, max_value=1000),
        expect("column_values_to_be_between", column="customer", min_value=12346, max_value=18287),
        expect("column_values_to_be_in_set", column="country", value_set=COUNTRIES),
        expect("column_value_lengths_to_be_between", column="description", min_value=1, max_value=35),
        expect("column_values_to_match_regex", column="stock_code", regex="^[0-9]{5}[A-Z]?$"),
        expect("column_mean_to_be_between", column="quantity", min_value=40, max_value=60),
        expect("column_max_to_be_between", column="unit_price", min_value=1, max_value=100),
        expect("column_values_to_be_unique", column="line_id"),
        expect("compound_columns_to_be_unique", column_list=["invoice", "line"]),
    ]


FUSED16 = """select count(*), count(invoice), count(stock_code), count(quantity), count(unit_price), count(customer),
    count(*) filter (quantity not between 1 and 1000), count(*) filter (unit_price not between 0 and 1000), count(*) filter (customer not between 12346 and 18287),
    count(*) filter (country not in ({countries})), count(*) filter (length(description) not between 1 and 35), count(*) filter (not regexp_matches(stock_code, '^[0-9]{{5}}[A-Z]?$')),
    avg(quantity), max(unit_price) from read_parquet({file!r})"""
KEYS16 = ["select count(*) from (select distinct line_id from read_parquet({file!r}))", "select count(*) from (select distinct invoice, line from read_parquet({file!r}))"]
KEYS3 = [["line_id"], ["invoice", "line"], ["stock_code", "invoice", "line"]]


def wide_columns():
    """Name, SQL of its values, and the kind, of 80 columns."""
    columns = []
    for n in range(20):
        columns += [(f"n{n}", f"cast(hash(i, {n}) % {1000 * (n + 1)} as int)", "whole"), (f"x{n}", f"cast(hash(i, {n + 20}) % 100000 as double) / 7", "number"),
                    (f"w{n}", f"'word ' || hash(i, {n + 40}) % {50 * (n + 1)}", "word"), (f"c{n}", f"(['new', 'paid', 'sent', 'back'])[1 + cast(hash(i, {n + 60}) % 4 as int)]", "code")]
    return columns


def checks226():
    """80 of NULL, 40 ranges, 20 lengths, 20 sets, 40 means, 20 greatest values; and the rows, the columns, four types: 226."""
    columns = wide_columns()
    of = {kind: [name for name, _, other in columns if other == kind] for kind in ("whole", "number", "word", "code")}
    numbers = of["whole"] + of["number"]
    checks = [expect("column_values_to_not_be_null", column=name) for name, _, _ in columns]
    checks += [expect("column_values_to_be_between", column=name, min_value=0, max_value=100_000) for name in numbers]
    checks += [expect("column_value_lengths_to_be_between", column=name, min_value=6, max_value=9) for name in of["word"]]
    checks += [expect("column_values_to_be_in_set", column=name, value_set=["new", "paid", "sent", "back"]) for name in of["code"]]
    checks += [expect("column_mean_to_be_between", column=name, min_value=100, max_value=50_000) for name in numbers]
    checks += [expect("column_max_to_be_between", column=name, min_value=1, max_value=100_000) for name in of["number"]]
    checks += [expect("table_row_count_to_be_between", min_value=1), expect("table_column_count_to_equal", value=80)]
    return checks + [expect("column_values_to_be_of_type", column=f"{kind}0", type_=name) for kind, name in (("n", "INTEGER"), ("x", "DOUBLE"), ("w", "VARCHAR"), ("c", "VARCHAR"))]


def fused226(file):
    measures = ["count(*)"]
    for name, _, kind in wide_columns():
        measures.append(f"count({name})")
        if kind in ("whole", "number"):
            measures += [f"count(*) filter ({name} not between 0 and 100000)", f"avg({name})"]
        if kind == "number":
            measures.append(f"max({name})")
        if kind == "word":
            measures.append(f"count(*) filter (length({name}) not between 6 and 9)")
        if kind == "code":
            measures.append(f"count(*) filter ({name} not in ('new', 'paid', 'sent', 'back'))")
    return f"select {', '.join(measures)} from read_parquet({file!r})"


PEER = r"""
import json, sys
which, given = sys.argv[1], json.loads(sys.stdin.read())
if which == "duckdb":
    import duckdb
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false; set threads = 2; set memory_limit = '2GiB'; set preserve_insertion_order = false; set temp_directory = '" + given["folder"] + "/duckdb.tmp'")
    print(json.dumps([[str(value) for value in base.execute(sql).fetchone()] for sql in given["sql"]]))
else:
    import logging, warnings
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import great_expectations as gx, pandas as pd
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = gx.data_context.types.base.ProgressBarsConfig(globally=False)
    batch = (context.data_sources.add_pandas("p").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b").get_batch({"dataframe": pd.read_parquet(given["file"])}))
    done = batch.validate(gx.ExpectationSuite(name="s", expectations=given["expectations"]), result_format="BOOLEAN_ONLY")
    print(json.dumps([one.success for one in done.results]))
"""


def largest(pid):
    """MiB of the largest of a process and its descendants, at its peak until now; 0 when they are gone."""
    try:
        peak = next(int(line.split()[1]) / 1024 for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, StopIteration):
        return 0
    return max([peak, *map(largest, children)])


def whole_process(words, given=None):
    """Seconds, MiB of the largest of its processes, exit code, what it printed."""
    with tempfile.TemporaryFile() as out:
        began, peak = time.perf_counter(), 0
        process = subprocess.Popen(words, stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL if given is None else None)
        if given is not None:
            process.stdin.write(json.dumps(given).encode())
            process.stdin.close()
        with open(os.pidfd_open(process.pid), closefd=True) as ended:
            waiting = select.poll()
            waiting.register(ended, select.POLLIN)
            while not waiting.poll(20):
                peak = max(peak, largest(process.pid))
        seconds = time.perf_counter() - began
        out.seek(0)
        return seconds, peak, process.wait(), out.read().decode()


class Table:
    """A Parquet file of the rows of a SELECT, and what is asked of it."""

    def __init__(self, build, folder, name, sql):
        self.build, self.folder, self.file = build, pathlib.Path(folder), str(pathlib.Path(folder) / f"{name}.parquet")
        dag = self.folder / f"{name}.yaml"
        dag.write_text(json.dumps({"dag": name, "tasks": {"rows": {"uses": "export.file", "runs_on": {"cpu": 2, "memory": "4GiB"}, "with": {"sql": sql, "path": self.file, "format": "parquet"}}}}))
        done = subprocess.run([build / "bin/millrace", "run", dag], capture_output=True, text=True, cwd=folder, check=False)
        if done.returncode != 0:
            raise SystemExit(f"the rows were not made: {done.stderr}")

    def check(self, checks, memory="2GiB"):
        """Seconds and MiB of a check that every row passes."""
        suite = self.folder / "suite.json"
        suite.write_text(json.dumps({"name": "bench", "expectations": checks}))
        seconds, peak, code, out = whole_process([self.build / "bin/millrace", "quality", "check", "--data", self.file, "--suite", suite, "--result-format", "BOOLEAN_ONLY", "--memory", memory])
        verdicts = [one["success"] for one in json.loads(out)["results"]] if out else []
        if code != 0 or verdicts != [True] * len(checks):
            raise SystemExit(f"the checks should all pass, but {verdicts.count(False)} of {len(verdicts)} failed (exit code {code}); see millrace quality check --data {self.file}")
        return seconds, peak

    def ask(self, python, which, **given):
        seconds, _, code, out = whole_process([python, "-c", PEER, which], {"file": self.file, "folder": str(self.folder), **given})
        if code != 0:
            raise SystemExit(f"{which} failed")
        return seconds, json.loads(out.splitlines()[-1])


def sure(good, what):
    if not good:
        raise SystemExit(f"the verdicts differ: {what}")


def agree16(rows, found):
    """The hand-fused plan's figures mean that all 16 checks pass."""
    scan, *keys = found
    counts = [int(value) for value in scan[:12]]
    filled, wrong = counts[1:5], counts[6:12]
    sure(counts[0] == rows and filled == [rows] * 4 and counts[5] >= 0.7 * rows and wrong == [0] * 6 and 40 <= float(scan[12]) <= 60 and 1 <= float(scan[13]) <= 100, scan)
    sure([int(key[0]) for key in keys] == [rows] * 2, keys)


def without(python, modules):
    for module, names in modules.items():
        if not has(python, module):
            print(f"  {', '.join(names)}: not measured, {python} has no {module}", flush=True)
    return [module for module in modules if has(python, module)]


def ratio(results, name, theirs, ours):
    results.add(name, [peer / mine for peer, mine in zip(theirs, ours)], "ratio", "higher", value=statistics.median(theirs) / statistics.median(ours))


def lines_of(build, folder, rows, name="lines"):
    return Table(build, folder, name, LINES.format(rows=rows, countries=COUNTRIES))


def retail(build, results, rows, python):
    peers = without(python, {"duckdb": ["quality.ratio_fused16"], "great_expectations": ["quality.ratio_gx16"]})
    checks = checks16(rows)
    ours, fused, gx, peaks = [], [], [], []
    with Scratch(build) as folder:
        table = lines_of(build, folder, rows)
        plan = [FUSED16.format(file=table.file, countries=", ".join(f"'{one}'" for one in COUNTRIES)), *[key.format(file=table.file) for key in KEYS16]]
        for _ in range(ROUNDS):
            seconds, peak = table.check(checks)
            ours.append(seconds)
            peaks.append(peak)
            if "duckdb" in peers:
                seconds, found = table.ask(python, "duckdb", sql=plan)
                agree16(rows, found)
                fused.append(seconds)
        if "great_expectations" in peers:  # once: it takes longer than all the others
            seconds, verdicts = table.ask(python, "gx", expectations=checks)
            sure(verdicts == [True] * len(checks), verdicts)
            gx.append(seconds)
    results.add("quality.checks16_s", ours, "s")
    results.add("quality.checks16_rss_mb", peaks, "MiB")
    if fused:
        results.add("quality.fused16_s", fused, "s")
        ratio(results, "quality.ratio_fused16", fused, ours)
    if gx:
        results.add("quality.gx16_s", gx, "s")
        results.add("quality.ratio_gx16", [gx[0] / mine for mine in ours], "ratio", "higher", value=gx[0] / statistics.median(ours))


def wide(build, results, rows, python):
    peers = without(python, {"duckdb": ["quality.ratio_fused226"]})
    checks, rows = checks226(), max(1, rows // 10)
    assert len(checks) == 226
    ours, fused = [], []
    with Scratch(build) as folder:
        table = Table(build, folder, "wide", WIDE.format(rows=rows, columns=", ".join(f"{sql} as {name}" for name, sql, _ in wide_columns())))
        for _ in range(ROUNDS):
            ours.append(table.check(checks)[0])
            if peers:
                seconds, found = table.ask(python, "duckdb", sql=[fused226(table.file)])
                sure(int(found[0][0]) == rows, found)
                fused.append(seconds)
    results.add("quality.checks226_s", ours, "s")
    if fused:
        results.add("quality.fused226_s", fused, "s")
        ratio(results, "quality.ratio_fused226", fused, ours)


def first(build, results, rows, python):
    with Scratch(build) as folder:
        table = lines_of(build, folder, FIRST_ROWS)
        checks = checks16(FIRST_ROWS)
        times = [table.check(checks)[0] * 1000 for _ in range(FIRST_ROUNDS)]
    results.add("quality.first_verdict_ms", times, "ms")


def unique(build, results, rows, python):
    checks = [expect("column_values_to_be_unique", column=key[0]) if len(key) == 1 else expect("compound_columns_to_be_unique", column_list=key) for key in KEYS3]
    with Scratch(build) as folder:
        table = lines_of(build, folder, rows)
        found = [table.check(checks, "768MiB") for _ in range(ROUNDS)]
    results.add("quality.unique3_s", [seconds for seconds, _ in found], "s")
    results.add("quality.unique3_rss_mb", [peak for _, peak in found], "MiB")


PARTS = {"checks16": retail, "wide226": wide, "first": first, "unique3": unique}


def quality(build, results, full, only=None, rows=10_000_000, python=sys.executable):
    for name, part in PARTS.items():
        if not only or name in only:
            part(build, results, rows, python)
