"""The second route: what the marts of dags/retail must hold, worked out again from the raw files by other means, and compared.

    second_route.py LANDING                      prints [{"name", "rows", "checksum"}] as JSON
    second_route.py LANDING --compare marts.json compares with what report.checksum said; ends with 1 when anything differs
    second_route.py LANDING --show mart.funnel   prints the rows as they are rendered for the checksum

Days: all that a file or folder is named after, or those named by --days 2026-11-01,2026-11-02.

The checksum of a table: the columns in the order of their names (by bytes). A header line of the names, then one line for each row,
the lines sorted by bytes. Between values a tab, after each line a line feed. NULL is \\N; in texts a backslash, tab, line feed and
carriage return are \\\\, \\t, \\n and \\r; whole numbers and decimals as written in SQL (12.30), dates 2026-11-01, times
2026-11-01 08:16:00. Of all that (UTF-8) the SHA-256 in hex. Floating-point columns have no checksum: their text depends on the route.
"""
import argparse
import hashlib
import json
import sys

import retail_sources


def money(e4):
    """Ten-thousandths to two places, half away from zero, as round() of a decimal does."""
    if e4 is None:
        return None
    size = (abs(e4) + 50) // 100
    return ("-" if e4 < 0 and size else "") + f"{size // 100}.{size % 100:02d}"


def hundredths(e2):
    return None if e2 is None else f"{e2 // 100}.{e2 % 100:02d}"


# A column named x_e4 or x_e2 becomes the decimal x.
MARTS = {
    "mart.daily_sales": """
        with told as (select order_id, min(ordered_at) at, min(customer_id) customer_id, min(country) country from orders group by order_id),
        sold as (select date(at) day, country, order_id, customer_id, order_id like 'C%' cancelled, quantity, quantity * price_e4 amount
                 from told join order_lines using (order_id))
        select day, country, count(distinct case when not cancelled then order_id end) orders,
               count(distinct case when cancelled then order_id end) cancelled_orders, count(distinct customer_id) customers,
               sum(case when cancelled then 0 else quantity end) units, sum(case when cancelled then 0 else amount end) revenue_e4,
               sum(case when cancelled then amount else 0 end) refunds_e4
        from sold group by day, country""",
    "mart.funnel": """
        with hits as (select host, agent, at, path like '/product/%' v, path like '/cart/add%' c, path like '/checkout/complete%' p
                      from web_logs where status < 400),
        gaps as (select *, case when at - lag(at) over w <= 1800 then 0 else 1 end opens from hits window w as (partition by host, agent order by at)),
        numbered as (select *, sum(opens) over (partition by host, agent order by at range unbounded preceding) session from gaps),
        sessions as (select date(min(at), 'unixepoch') day, max(v) v, max(c) c, max(p) p from numbered group by host, agent, session)
        select day, count(*) sessions, sum(v) viewed, sum(v and c) carted, sum(v and c and p) purchased from sessions group by day""",
    "mart.search_terms": """
        select query, count(*) searches, sum(case when results = 0 then 1 else 0 end) without_result, count(clicked_product) clicks,
               count(distinct customer_id) customers, date(min(searched_at)) first_day, date(max(searched_at)) last_day
        from searches group by query""",
    "mart.inventory_position": """
        select product_code, warehouse, count(*) events, sum(kind = 'count') counts, max(event_at) last_event_at,
               sum(case when event_at || ' ' || event_id = counted then quantity
                        when event_at || ' ' || event_id > coalesce(counted, '') then
                          case kind when 'sale' then -quantity when 'count' then 0 else quantity end
                        else 0 end) on_hand
        from inventory left join (select product_code, warehouse, max(event_at || ' ' || event_id) counted from inventory where kind = 'count'
                                  group by product_code, warehouse) using (product_code, warehouse)
        group by product_code, warehouse""",
    "mart.promotion_effect": """
        with weeks as materialized (select distinct week_start from promotions),
        sold as (select product_code, warehouse, (select max(week_start) from weeks where week_start <= date(event_at)) week_start, quantity, date(event_at) day
                 from inventory where kind = 'sale'),
        summed as (select product_code, warehouse, week_start, sum(quantity) units from sold where day < date(week_start, '+7 days')
                   group by product_code, warehouse, week_start),
        told as (select s.*, exists (select 1 from promotions p where p.product_code = s.product_code and p.warehouse = s.warehouse and p.week_start = s.week_start) promoted,
                        coalesce((select min(department) from products t where t.product_code = s.product_code), 'Unknown') department from summed s)
        select department, count(distinct product_code) products, sum(promoted) promoted_weeks, sum(promoted * units) promoted_units,
               sum(not promoted) plain_weeks, sum((not promoted) * units) plain_units from told group by department""",
    "mart.server_daily": """
        select date(measured_at) day, host, count(*) samples, sum(cpu_e2) cpu_pct_sum_e2, max(cpu_e2) cpu_pct_max_e2,
               max(latency_ms) latency_ms_max, coalesce(sum(latency_ms > 1000), 0) slow_samples
        from metrics group by day, host""",
    "mart.customer_360": """
        select customer_id, name, email, country, segment, signed_up, coalesce(orders, 0) orders, coalesce(cancelled_orders, 0) cancelled_orders,
               coalesce(net_e4, 0) net_revenue_e4, first_order_at, last_order_at,
               (select count(*) from reviews r where r.customer_id = c.customer_id) reviews,
               (select coalesce(sum(rating), 0) from reviews r where r.customer_id = c.customer_id) rating_sum,
               (select count(*) from searches s where s.customer_id = c.customer_id) searches,
               (select count(*) from web_logs w where w.user = c.customer_id and status < 400) page_views
        from customers c left join (
          select o.customer_id, count(distinct case when order_id not like 'C%' then order_id end) orders,
                 count(distinct case when order_id like 'C%' then order_id end) cancelled_orders, sum(quantity * price_e4) net_e4,
                 min(o.at) first_order_at, max(o.at) last_order_at
          from (select order_id, min(ordered_at) at, min(customer_id) customer_id from orders group by order_id) o join order_lines using (order_id)
          where o.customer_id is not null group by o.customer_id) using (customer_id)""",
    "mart.rfm_segments": """
        with sales as (
          select o.customer_id, count(distinct case when order_id not like 'C%' then order_id end) orders, sum(quantity * price_e4) net_e4, max(o.at) last_at
          from (select order_id, min(ordered_at) at, min(customer_id) customer_id from orders group by order_id) o join order_lines using (order_id)
          where o.customer_id in (select customer_id from customers) group by o.customer_id),
        buyers as (select *, date(last_at) last_day from sales where orders > 0),
        scored as (
          select customer_id, cast(julianday((select max(last_day) from buyers)) - julianday(last_day) as integer) recency_days, orders frequency,
                 net_e4 monetary_e4, ntile(5) over (order by last_day, customer_id) r, ntile(5) over (order by orders, customer_id) f,
                 ntile(5) over (order by cents(net_e4), customer_id) m from buyers)
        select *, case when r >= 4 and f >= 4 then 'champion' when r >= 4 and f <= 2 then 'new' when r <= 2 and f >= 4 then 'at risk'
                       when r <= 2 and f <= 2 then 'asleep' else 'steady' end segment from scored""",
}


def rendered(columns, rows):
    """Header and sorted lines, as the checksum wants them."""
    shown = [(name[:-3], money) if name.endswith("_e4") else (name[:-3], hundredths) if name.endswith("_e2") else (name, lambda v: v) for name in columns]
    order = sorted(range(len(shown)), key=lambda at: shown[at][0].encode())

    def cell(value):
        if value is None:
            return "\\N"
        return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")

    lines = ["\t".join(cell(shown[at][1](row[at])) for at in order) for row in rows]
    return ["\t".join(shown[at][0] for at in order)] + sorted(lines, key=str.encode)


def marts(landing, days):
    base = retail_sources.load(landing, days)
    base.execute("pragma case_sensitive_like = on")
    for table, column in (("reviews", "customer_id"), ("searches", "customer_id"), ("web_logs", "user"), ("order_lines", "order_id"), ("promotions", "product_code, warehouse, week_start"),
                          ("products", "product_code")):
        base.execute(f"create index by_{table} on {table} ({column})")
    base.create_function("cents", 1, round_half_away, deterministic=True)
    for name, sql in MARTS.items():
        cursor = base.execute(sql)
        yield name, rendered([column[0] for column in cursor.description], cursor.fetchall())


def round_half_away(e4):
    return (abs(e4) + 50) // 100 * (1 if e4 >= 0 else -1)


def summary(name, lines):
    whole = "".join(line + "\n" for line in lines)
    return {"name": name, "rows": len(lines) - 1, "checksum": hashlib.sha256(whole.encode()).hexdigest()}


def compare(ours, path):
    with open(path, encoding="utf-8") as file:
        told = {entry["name"]: entry for entry in json.load(file)}
    wrong = 0
    for mine in ours:
        theirs = told.get(mine["name"])
        same = theirs is not None and theirs["rows"] == mine["rows"] and theirs["checksum"] == mine["checksum"]
        wrong += not same
        other = "is missing" if theirs is None else f"{theirs['rows']} rows {theirs['checksum'][:12]}"
        print(f"{'same' if same else 'DIFFERS'}  {mine['name']}: {mine['rows']} rows {mine['checksum'][:12]}" + ("" if same else f", the mart {other}"))
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description="What the retail marts must hold, by a second route.")
    parser.add_argument("landing")
    parser.add_argument("--days")
    parser.add_argument("--compare", metavar="JSON")
    parser.add_argument("--show", metavar="MART")
    options = parser.parse_args()
    days = options.days.split(",") if options.days else retail_sources.days_in(options.landing)
    found = dict(marts(options.landing, days))
    if options.show:
        print("\n".join(found[options.show]))
        return 0
    ours = [summary(name, lines) for name, lines in found.items()]
    if options.compare:
        return compare(ours, options.compare)
    print(json.dumps(ours, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
