"""A recipe of 30 steps on the real order lines of a shop: from CSV files to a table that passes strict checks, and to a Parquet file; every
row that went is accounted for, and counted once more here from the files themselves.

The files are those of UCI Online Retail (Chen, D. 2015, doi 10.24432/C5BW33, CC BY 4.0).
"""
import csv
import datetime
import decimal
import glob
import json
import os
import re
import shutil
import subprocess
import unittest

from kit import Case, program
from real_data import ARCHIVE

RECIPE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recipes/online_retail.json")
DAG = """dag: clean
tasks:
  load:
    uses: ingest.files
    with:
      from: "../landing/online_retail/*.csv"
      format: csv
      into: raw.lines
      schema: {InvoiceNo: VARCHAR, StockCode: VARCHAR, Description: VARCHAR, Quantity: VARCHAR, InvoiceDate: VARCHAR, UnitPrice: VARCHAR, CustomerID: VARCHAR, Country: VARCHAR}
  clean:
    uses: recipe.apply
    needs: [load]
    runs_on: {cpu: 2, memory: 2GiB}
    with: {input: raw.lines, recipe: online_retail.json, into: clean.lines, quarantine: true}
    checks:
      - rules: |
          Rules = [
            ColumnExists "Amount", RowCount > 300000,
            IsComplete "Invoice", IsComplete "StockCode", IsComplete "Description", IsComplete "Quantity", IsComplete "InvoiceDate",
            IsComplete "UnitPrice", IsComplete "CustomerID", IsComplete "Country", IsComplete "Amount", IsComplete "Size", IsComplete "Month",
            ColumnValues "Invoice" matches "^[0-9]{6}$", ColumnValues "StockCode" matches "^[0-9]{5}[A-Z]*$",
            ColumnValues "Quantity" > 0, ColumnValues "UnitPrice" > 0, ColumnValues "Amount" > 0, ColumnValues "Month" between 0 and 13,
            ColumnValues "Size" in ["small", "medium", "large"], ColumnValues "Unusual" in ["yes", "no"]
          ]
        on_fail: fail
  out:
    uses: export.file
    needs: [clean]
    with: {sql: select * from clean.lines, path: "../lines.parquet", format: parquet}
  back:
    uses: ingest.files
    needs: [out]
    with: {from: "../lines.parquet", format: parquet, into: raw.back}
"""
BLANKS = re.compile(r"\s+")


def lines_of(files):
    for path in files:
        with open(path, encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def cleaned(line):
    """The line as steps 1 to 14 leave it."""
    who = line["CustomerID"]
    return (line["InvoiceNo"].upper(), line["StockCode"].upper().strip(), BLANKS.sub(" ", line["Description"]).strip(), int(line["Quantity"]),
            datetime.datetime.fromisoformat(line["InvoiceDate"]), decimal.Decimal(line["UnitPrice"]), int(float(who)) if who else 0, line["Country"])


def counted(files):
    """Rows that each step removes, and the lines that are left."""
    removed, left = {step: 0 for step in (5, 6, 8, 10, 15, 16, 17)}, set()
    for line in lines_of(files):
        row = invoice, code, description, quantity, _, price, _, _ = cleaned(line)
        tests = {5: invoice.startswith("C"), 6: invoice.startswith("A"), 8: not re.fullmatch("[0-9]{5}[A-Z]*", code), 10: not description, 15: quantity < 1, 16: price <= 0, 17: row in left}
        step = next((step for step, holds in tests.items() if holds), None)
        if step is None:
            left.add(row)
        else:
            removed[step] += 1
    return removed, left


@unittest.skipUnless(os.path.exists(ARCHIVE), "SKIPPED LOUDLY: the real order lines are not here")
class OnlineRetail(Case):
    def test_thirty_steps_leave_a_table_that_passes_strict_checks_and_account_for_every_row(self):
        os.mkdir(self.path("landing"))
        subprocess.run(["tar", "--zstd", "-xf", ARCHIVE, "-C", self.path("landing"), "./online_retail"], check=True)
        files = sorted(glob.glob(self.path("landing/online_retail/*.csv")))
        shutil.copy(RECIPE, self.dags)
        self.write("dags/clean.yaml", DAG)
        running = self.server("--slots", 1).start()
        run = running.begin("clean")
        ended = running.end_of(run, deadline=120)
        self.assertEqual([], [(task["id"], running.task(run, task["id"]).get("error")) for task in ended["tasks"] if task["state"] != "succeeded"])
        told = running.task(run, "clean")["output"]
        removed, left = counted(files)
        self.assertEqual(removed, {step["step"]: step["rows"] for step in told["removed"]})
        self.assertEqual((told["steps"], told["recipe_rows_in"], told["recipe_rows_out"]), (30, sum(removed.values()) + len(left), len(left)))
        wanted = {"rows": len(left), "quantity": sum(row[3] for row in left), "amount": str(sum(row[3] * row[5] for row in left)), "customers": len({row[6] for row in left}),
                  "ireland": sum(row[7] == "EIRE" for row in left), "unknown": sum(row[7] in ("Unspecified", "European Community") for row in left)}
        figures = """select count(*) as rows, sum(Quantity)::bigint as quantity, rtrim(sum(Amount)::varchar, '0') as amount, count(distinct CustomerID) as customers,
                     count(*) filter (Country = 'Ireland') as ireland, count(*) filter (Country = 'Unknown') as unknown from """
        for table in ("clean.lines", "raw.back"):
            code, out, said = program("sql", figures + table, "--home", self.home, "--format", "json")
            self.assertEqual(code, 0, said)
            self.assertEqual(json.loads(out), [wanted], table)
        code, out, said = program("sql", "select _reason as step, count(*) as rows from quarantine.lines group by all order by all", "--home", self.home, "--format", "json")
        self.assertEqual({row["step"].split()[1]: row["rows"] for row in json.loads(out)}, {str(step): rows for step, rows in removed.items() if rows}, said)


if __name__ == "__main__":
    unittest.main()
