"""219 real days of a shop, in any order, over a killed server, with days that are delivered again: every line is there once.

The files are those of UCI Online Retail (Chen, D. 2015, doi 10.24432/C5BW33, CC BY 4.0). What is counted stands in SOURCES.md beside them,
and is counted once more here from the files themselves.
"""
import collections
import csv
import glob
import os
import random
import shutil
import subprocess
import unittest

from kit import Case
from real_data import ARCHIVE

LOAD = """dag: load
tasks:
  load:
    uses: ingest.files
    with:
      from: "%s"
      format: csv
      into: raw.lines
      schema: {InvoiceNo: VARCHAR, StockCode: VARCHAR, Description: VARCHAR, Quantity: BIGINT, InvoiceDate: TIMESTAMP, UnitPrice: "DECIMAL(18,3)", CustomerID: DOUBLE, Country: VARCHAR}
"""
COUNT = """dag: count
tasks:
  count:
    uses: sql.script
    with:
      sql: >
        select count(*) as lines, count(*) filter (InvoiceNo like 'C%') as cancelled, count(*) filter (CustomerID is null) as no_customer,
        count(*) filter (Description is null) as no_description, count(*) filter (Quantity < 0) as negative_quantity, count(*) filter (UnitPrice = 0) as free,
        count(*) filter (UnitPrice < 0) as negative_price, count(*) - (select count(*) from (select distinct * from raw.lines)) as doubles, sum(Quantity) as quantity from raw.lines
"""
TOLD = {"lines": 320_705, "cancelled": 5_847, "no_customer": 88_652, "no_description": 1_161, "negative_quantity": 6_772, "free": 1_797, "negative_price": 2, "doubles": 2_483}


def counted(paths):
    """The same figures by plain Python."""
    figures, seen = collections.Counter(), set()
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                whole = tuple(row.values())
                figures["lines"] += 1
                figures["doubles"] += whole in seen
                seen.add(whole)
                figures["cancelled"] += row["InvoiceNo"].startswith("C")
                figures["no_customer"] += not row["CustomerID"]
                figures["no_description"] += not row["Description"]
                figures["negative_quantity"] += int(row["Quantity"]) < 0
                figures["free"] += float(row["UnitPrice"]) == 0
                figures["negative_price"] += float(row["UnitPrice"]) < 0
                figures["quantity"] += int(row["Quantity"])
    return dict(figures)


@unittest.skipUnless(os.path.exists(ARCHIVE), "SKIPPED LOUDLY: the real days are not here")
class RetailDays(Case):
    def setUp(self):
        super().setUp()
        subprocess.run(["tar", "--zstd", "-xf", ARCHIVE, "-C", self.folder, "./online_retail"], check=True)
        self.days = sorted(glob.glob(self.path("online_retail/*.csv")))
        self.landing = self.path("in")
        os.mkdir(self.landing)
        self.write("dags/load.yaml", LOAD % os.path.join(self.landing, "*.csv"))
        self.write("dags/count.yaml", COUNT)

    def deliver(self, path):
        target = os.path.join(self.landing, os.path.basename(path))
        shutil.copy(path, target + ".part")
        os.rename(target + ".part", target)

    def ends(self, run, state="succeeded"):
        ended = self.running.end_of(run, 120)
        self.assertEqual(ended["state"], state, ended)
        return run

    def figures(self):
        run = self.ends(self.running.begin("count"))
        return {name: int(value) for name, value in self.running.task(run, "count")["output"]["row"].items()}

    def test_every_line_is_there_once(self):
        self.assertEqual(len(self.days), 219)
        order = random.Random(7).sample(self.days, len(self.days))
        self.running = self.server("--slots", 2, "--lease", "2s").start()
        for number in range(5):
            for path in order[number::5]:
                self.deliver(path)
            run = self.running.begin("load")
            if number in (1, 3):
                self.running.kill()
                self.running.start()
            self.ends(run)
            for path in order[number::25]:
                self.deliver(path)  # again, as it was
        self.ends(self.running.begin("load"))
        figures = self.figures()
        self.assertEqual(figures, counted(self.days))
        self.assertEqual({name: figures[name] for name in TOLD}, TOLD)
        with open(os.path.join(self.landing, os.path.basename(order[0])), "a", encoding="utf-8") as file:
            file.write("one more line\n")
        self.ends(self.running.begin("load"), "failed")
        self.assertEqual(self.figures(), figures, "a day that has changed is refused, and nothing of it is loaded")


if __name__ == "__main__":
    unittest.main()
