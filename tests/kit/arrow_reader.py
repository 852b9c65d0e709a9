"""The Arrow stream of a dataset, taken by Apache Arrow's own library and compared with what that library reads from the same files.

    arrow_reader.py HOST_LIBRARY ROWS_LIBRARY FOLDER        prints what it compared; exit code 1 and a difference when they disagree

rows_test.py runs it with a Python that has pyarrow. The files are written by Arrow as well: DuckDB only stands between.
"""
import ctypes
import datetime
import decimal
import json
import os
import sys

import pyarrow
import pyarrow.parquet

ROWS = 20000


class Stream(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")]


def column(make, kind):
    return pyarrow.array([None if i % 11 == 3 else make(i) for i in range(ROWS)], kind)


def first_file():
    day = datetime.date(2026, 11, 1)
    moment = datetime.datetime(2026, 11, 1, 8, 16, 0, 250000)
    return pyarrow.table({
        "id": column(lambda i: i * 3000000000, pyarrow.int64()),
        "small": column(lambda i: i % 100 - 50, pyarrow.int32()),
        "share": column(lambda i: i / 7, pyarrow.float64()),
        "paid": column(lambda i: i % 3 == 0, pyarrow.bool_()),
        "note": column(lambda i: ("Zoë 🙂 " * (i % 5)) + str(i), pyarrow.string()),
        "raw": column(lambda i: bytes([i % 256, 0, 255]), pyarrow.binary()),
        "day": column(lambda i: day + datetime.timedelta(days=i - 40000), pyarrow.date32()),
        "at": column(lambda i: moment + datetime.timedelta(microseconds=i), pyarrow.timestamp("us")),
        "total": column(lambda i: decimal.Decimal(i - 500).scaleb(-2), pyarrow.decimal128(18, 2)),
        "huge": column(lambda i: decimal.Decimal(-i).scaleb(30), pyarrow.decimal128(38, 0)),
        "tags": column(lambda i: [str(i), None, "x"][: i % 4], pyarrow.list_(pyarrow.string())),
        "place": column(lambda i: {"lat": i / 10, "name": None if i % 2 else "n"}, pyarrow.struct([("lat", pyarrow.float64()), ("name", pyarrow.string())])),
    })


TYPES = {"id": "BIGINT", "small": "INTEGER", "share": "DOUBLE", "paid": "BOOLEAN", "note": "VARCHAR", "raw": "BLOB", "day": "DATE", "at": "TIMESTAMP", "total": "DECIMAL(18,2)",
         "huge": "DECIMAL(38,0)", "tags": "VARCHAR[]", "place": "STRUCT(lat DOUBLE, name VARCHAR)", "added": "BIGINT"}


def facts_of(folder, tables):
    files = []
    for number, table in enumerate(tables):
        path = f"raw/orders/{number}.parquet"
        os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
        pyarrow.parquet.write_table(table, f"{folder}/{path}", row_group_size=3000)
        files.append({"path": path, "rows": table.num_rows, "bytes": os.path.getsize(f"{folder}/{path}")})
    columns = [{"name": name, "type": kind, "nullable": True} for name, kind in TYPES.items()]
    return {"data_root": folder, "work_folder": folder, "inputs": [{"dataset": "raw.orders", "snapshot": 1, "columns": columns, "files": files}]}


def read(host, rows, facts, options):
    library = ctypes.CDLL(host)
    stream = Stream()
    reason = library.open_rows(rows.encode(), facts, b"raw.orders", json.dumps(options).encode(), ctypes.byref(stream))
    reader = pyarrow.RecordBatchReader._import_from_c(ctypes.addressof(stream)) if reason == 0 else sys.exit(f"open gave {reason}")
    with reader:
        batches = list(reader)
    for batch in batches:
        batch.validate(full=True)
    return pyarrow.Table.from_batches(batches, reader.schema), max(batch.num_rows for batch in batches)


def main():
    host, rows, folder = sys.argv[1:]
    first = first_file()
    second = first.slice(5, 7000).append_column("added", pyarrow.array(range(7000), pyarrow.int64())).select(["added", *reversed(first.column_names)])
    facts = json.dumps(facts_of(folder, [first, second])).encode()
    wanted = pyarrow.concat_tables([first, second], promote_options="default")
    for options in ({}, {"batch_rows": 1000}, {"batch_rows": 5003}, {"columns": ["note", "added"], "batch_rows": 100000}, {"columns": ["tags", "place", "paid"], "batch_rows": 4097}):
        found, longest = read(host, rows, facts, options)
        expected = wanted.select(options.get("columns", list(TYPES)))
        if found.schema.types != expected.schema.types or found.to_pylist() != expected.to_pylist():
            sys.exit(f"{options}: found {found.schema}\n{found.slice(0, 5).to_pylist()}\nexpected {expected.schema}\n{expected.slice(0, 5).to_pylist()}")
        if longest > options.get("batch_rows", 16384):
            sys.exit(f"{options}: a batch has {longest} rows")
        print(f"{options}: {found.num_rows} rows of {found.num_columns} columns agree")


if __name__ == "__main__":
    main()
