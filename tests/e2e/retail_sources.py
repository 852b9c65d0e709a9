"""Reads the retail landing folder and cleanses it in plain Python: the second route to what dags/retail gets by recipes and checks.

Written from the rules in dags/retail/README.md, on purpose without any of Millrace's code. Standard library only.
"""
import csv
import datetime
import glob
import gzip
import json
import os
import re
import sqlite3
from decimal import ROUND_HALF_UP, Decimal

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
COMBINED = re.compile(
    r'(\S+) (\S+) (\S+) \[([^\]]+)\] "(\S+) (\S+)(?: ([^"]*))?" (\d{3}) (\S+) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"\s*')


def text(value):
    """Missing and empty are the same thing in a file of text."""
    return value if value not in (None, "") else None


def trim(value):
    return None if value is None else value.strip()


def number(value):
    value = None if value is None else str(value).strip()
    return Decimal(value) if value and NUMBER.fullmatch(value) else None


def whole(value, bits=32):
    found = number(value)
    if found is None:
        return None
    found = int(found)
    return found if -(2 ** (bits - 1)) <= found < 2 ** (bits - 1) else None


def scaled(value, places):
    """A decimal as a whole number of its smallest unit, half away from zero."""
    return None if value is None else int((value.scaleb(places)).to_integral_value(ROUND_HALF_UP))


def moment(value):
    if value is None:
        return None
    try:
        return datetime.datetime.strptime(value.strip(), "%Y-%m-%d %H:%M:%S").strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


def capitals(value):
    return None if value is None else re.sub(r"\S+", lambda m: m[0][0].upper() + m[0][1:].lower(), value)


def files(landing, pattern, days):
    """Each pattern has {day}; sorted, so that a run of this program is repeatable too."""
    return sorted(path for day in days for path in glob.glob(os.path.join(landing, pattern.format(day=day))))


def days_in(landing):
    """Every day that some file or folder is named after."""
    return sorted({found for _, folders, names in os.walk(landing) for name in folders + names for found in re.findall(r"\d{4}-\d\d-\d\d", name)})


def table(paths, delimiter=","):
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL)
            for row in reader:
                yield {key: text(value) for key, value in row.items()}


def orders(landing, days):
    rows = set()
    for row in table(files(landing, "orders/{day}/orders*.csv", days)):
        country = capitals(trim(row["country"]))
        country = re.sub("^Uk$", "United Kingdom", country) if country else "Unknown"
        at = moment(row["ordered_at"])
        if at:
            rows.add((row["order_id"].upper(), whole(row["customer_id"], 64), at, country, trim((row["channel"] or "").lower())))
    return rows


def order_lines(landing, days):
    rows = set()
    for row in table(files(landing, "orders/{day}/order_lines*.csv", days)):
        code = trim((row["product_code"] or "").upper())
        quantity, price = whole(row["quantity"]), number(row["unit_price"])
        if not code or not re.fullmatch("[0-9A-Z ]{1,14}", code):
            continue
        if quantity is None or not -50_000 <= quantity <= 50_000 or price is None or price < 0:
            continue
        rows.add((row["order_id"].upper(), whole(row["line_no"]), code, trim(row["description"]), quantity, scaled(price, 4)))
    return rows


def reviews(landing, days):
    rows = set()
    for path in files(landing, "reviews/{day}.json", days):
        with open(path, encoding="utf-8") as file:
            content = file.read()
        told = json.loads(content) if content.lstrip().startswith("[") else [json.loads(line) for line in content.split("\n") if line.strip()]
        for row in told:
            rating = whole(re.sub("^5 stars$", "5", str(row["rating"]))) if row["rating"] is not None else None
            if rating is not None and 1 <= rating <= 5:
                rows.add((row["review_id"], row["product_code"].strip().upper(), row["customer_id"], rating, row["title"], row["text"], row["created_at"]))
    return rows


def searches(landing, days):
    for row in table(files(landing, "search/{day}.tsv", days), "\t"):
        query = trim((row["query"] or "").lower())
        if query:
            yield moment(row["searched_at"]), whole(row["customer_id"], 64), query, whole(row["results"]), row["clicked_product"]


def metrics(landing, days):
    rows = set()
    for row in table(files(landing, "metrics/{day}.csv", days)):
        cpu, memory, latency = number(row["cpu_pct"]), number(row["mem_pct"]), whole(row["latency_ms"])
        if cpu is None or not 0 <= cpu <= 100 or (memory is not None and not 0 <= memory <= 100):
            continue
        rows.add((moment(row["measured_at"]), row["host"], scaled(cpu, 2), scaled(memory, 2), latency))
    return rows


def inventory(landing, days):
    rows = set()
    for row in table(files(landing, "inventory/{day}.csv", days)):
        at, quantity, kind = moment(row["event_at"]), whole(row["quantity"]), (row["kind"] or "").lower()
        if at and quantity is not None and kind in ("receipt", "sale", "return", "count"):
            rows.add((row["event_id"], at, row["product_code"].upper(), row["warehouse"].upper(), kind, quantity))
    return rows


def products(landing, days):
    for row in table([os.path.join(landing, "products/products.csv")]):
        code = trim((row["product_code"] or "").upper())
        if code:
            yield code, capitals(row["department"]) or "Unknown"


def promotions(landing, days):
    for row in table(sorted(glob.glob(os.path.join(landing, "promotions/*.csv")))):
        if row["product_code"]:
            yield row["week_start"], row["product_code"].upper(), trim((row["warehouse"] or "").upper())


def web_logs(landing, days):
    rows = set()
    for path in files(landing, "logs/access-{day}*.log.gz", days):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                found = COMBINED.fullmatch(line.rstrip("\n"))
                if not found:
                    continue
                host, _, user, time, method, path_, protocol, status, size, referer, agent = found.groups()
                agent = agent.lower()
                if any(word in agent for word in ("bot", "spider", "crawler")) or path_.startswith("/static/"):
                    continue
                at = int(datetime.datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z").timestamp())
                rows.add((host, whole(user, 64), at, method, path_, protocol, int(status), size, referer, agent))
    return rows


def customers(landing):
    base = sqlite3.connect(f"file:{os.path.join(landing, 'customers.db')}?mode=ro", uri=True)
    for number_, name, email, country, segment, signed_up in base.execute(
            "select customer_id, name, email, country, segment, signed_up from customers"):
        country = re.sub("^UK$", "United Kingdom", country or "")
        yield number_, trim(name), None if email is None else email.strip().lower(), country or "Unknown", (segment or "").lower() or "unknown", signed_up
    base.close()


TABLES = {
    "orders": ("order_id, customer_id, ordered_at, country, channel", orders),
    "order_lines": ("order_id, line_no, product_code, description, quantity, price_e4", order_lines),
    "reviews": ("review_id, product_code, customer_id, rating, title, text, created_at", reviews),
    "searches": ("searched_at, customer_id, query, results, clicked_product", searches),
    "metrics": ("measured_at, host, cpu_e2, mem_e2, latency_ms", metrics),
    "inventory": ("event_id, event_at, product_code, warehouse, kind, quantity", inventory),
    "products": ("product_code, department", products),
    "promotions": ("week_start, product_code, warehouse", promotions),
    "web_logs": ("host, user, at, method, path, protocol, status, size, referer, agent", web_logs),
    "customers": ("customer_id, name, email, country, segment, signed_up", lambda landing, days: customers(landing)),
}


def load(landing, days):
    """A SQLite database in memory with one clean table for each source."""
    base = sqlite3.connect(":memory:")
    for name, (columns, read) in TABLES.items():
        base.execute(f"create table {name} ({columns})")
        marks = ", ".join("?" for _ in columns.split(","))
        base.executemany(f"insert into {name} values ({marks})", read(landing, days))
    return base
