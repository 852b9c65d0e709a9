"""The second route, on a landing folder small enough to count by hand."""
import gzip
import json
import os
import shutil
import sqlite3
import tempfile
import unittest

import second_route

LOG = '198.18.0.1 - 1 [01/Nov/2026:{time} +0000] "GET {path} HTTP/1.1" 200 5 "-" "{agent}"\n'


def put(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with (gzip.open if name.endswith(".gz") else open)(path, "wt", encoding="utf-8") as file:
        file.write(text)


class SecondRoute(unittest.TestCase):
    def setUp(self):
        self.landing = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.landing)
        put(self.landing, "orders/2026-11-01/orders.csv", "order_id,customer_id,ordered_at,channel,country\n"
            "10,1.0,2026-11-01 09:00:00,web,UK\n10,1,2026-11-01 09:00:00,web, united kingdom\n11,,2026-11-01 10:00:00,WEB,\nC12,1,2026-11-01 11:00:00,web,UK\n")
        put(self.landing, "orders/2026-11-01/order_lines.csv", "order_id,line_no,product_code,description,quantity,unit_price\n"
            "10,1,85123a,mug ,2,1.25\n10,1,85123A,mug,2,1.25\n10,2,20000,x,12x,9.00\n11,1,20000,x,1,0.335\n11,2,20000,x,80995,1.00\nC12,1,85123A,mug,-1,1.25\n")
        put(self.landing, "search/2026-11-01.tsv", "searched_at\tcustomer_id\tquery\tresults\tclicked_product\n"
            "2026-11-01 09:00:00\t1\t MUG \t0\t\n2026-11-01 09:01:00\t\tmug\tn/a\t85123A\n2026-11-01 09:02:00\t\t  \t3\t\n")
        put(self.landing, "metrics/2026-11-01.csv", "measured_at,host,cpu_pct,mem_pct,latency_ms\n"
            "2026-11-01 09:00:00,a,10.10,1,2000\n2026-11-01 09:10:00,a,NaN,1,5\n2026-11-01 09:20:00,a,104.50,1,5\n2026-11-01 09:30:00,a,20.2,1,\n")
        put(self.landing, "inventory/2026-11-01.csv", "event_id,event_at,product_code,warehouse,kind,quantity\n"
            "e4,2026-11-01 12:00:00,85123a,UK,sale,3\ne1,2026-11-01 08:00:00,85123A,UK,receipt,50\ne2,2026-11-01 09:00:00,85123A,uk,Count,40\n"
            "e4,2026-11-01 12:00:00,85123a,UK,sale,3\ne5,2026-11-01 13:00:00,85123A,UK,return,1\n")
        put(self.landing, "reviews/2026-11-01.json", '[{"review_id": "r", "product_code": " x", "customer_id": 1, "rating": "5 stars", "title": "", "text": "a\\nb", "created_at": "2026-11-01 09:00:00"}]')
        put(self.landing, "logs/access-2026-11-01.log.gz", "".join([
            LOG.format(time="09:00:00", path="/product/1", agent="Firefox"), LOG.format(time="09:30:00", path="/cart/add", agent="Firefox"),
            LOG.format(time="10:00:01", path="/product/2", agent="Firefox"), LOG.format(time="10:00:02", path="/product/2", agent="SomeBot"),
            '198.18.0.1 - - [01/Nov/2026:10:00:03 +0000] "GET /pro\n']))
        put(self.landing, "products/products.csv", "product_code,description,department,brand,package_size\n85123A,mug,kitchen,House,\n85123a,mug,kitchen,House,\n")
        put(self.landing, "promotions/2026-10-26.csv", "week_start,product_code,warehouse,display,mailer\n2026-10-26,85123a, uk ,A,no\n2026-10-26,85123a, uk ,A,no\n2026-10-26,,UK,A,no\n")
        base = sqlite3.connect(os.path.join(self.landing, "customers.db"))
        base.execute("create table customers (customer_id, name, email, country, city, segment, signed_up)")
        base.execute("insert into customers values (1, 'Ann ', ' A@Example.com', 'UK', '', 'Trade', '2025-01-01')")
        base.commit()
        base.close()
        self.marts = dict(second_route.marts(self.landing, ["2026-11-01"]))

    def row(self, mart, at=1):
        lines = self.marts[mart]
        return dict(zip(lines[0].split("\t"), lines[at].split("\t")))

    def test_sales_leave_out_repeats_and_nonsense_and_round_at_the_end(self):
        self.assertEqual(len(self.marts["mart.daily_sales"]), 3)
        unknown, kingdom = self.row("mart.daily_sales", 1), self.row("mart.daily_sales", 2)
        self.assertEqual((kingdom["orders"], kingdom["cancelled_orders"], kingdom["units"], kingdom["revenue"], kingdom["refunds"]), ("1", "1", "2", "2.50", "-1.25"))
        self.assertEqual((unknown["country"], unknown["units"], unknown["revenue"]), ("Unknown", "1", "0.34"))

    def test_a_sale_counts_as_promoted_in_its_week_and_warehouse_once(self):
        self.assertEqual(len(self.marts["mart.promotion_effect"]), 2)
        effect = self.row("mart.promotion_effect")
        self.assertEqual((effect["department"], effect["promoted_weeks"], effect["promoted_units"], effect["plain_units"]), ("Kitchen", "1", "3", "0"))

    def test_sessions_end_after_half_an_hour_of_silence(self):
        funnel = self.row("mart.funnel")
        self.assertEqual((funnel["sessions"], funnel["viewed"], funnel["carted"], funnel["purchased"]), ("2", "2", "1", "0"))

    def test_the_newest_count_is_the_stock_and_later_events_move_it(self):
        stock = self.row("mart.inventory_position")
        self.assertEqual((stock["on_hand"], stock["events"], stock["counts"]), ("38", "4", "1"))

    def test_search_words_are_told_in_one_spelling(self):
        words = self.row("mart.search_terms")
        self.assertEqual((words["query"], words["searches"], words["without_result"], words["clicks"]), ("mug", "2", "1", "1"))

    def test_impossible_figures_of_servers_are_left_out(self):
        server = self.row("mart.server_daily")
        self.assertEqual((server["samples"], server["cpu_pct_sum"], server["slow_samples"]), ("2", "30.30", "1"))

    def test_a_customer_is_one_row_of_everything(self):
        ann = self.row("mart.customer_360")
        self.assertEqual((ann["name"], ann["email"], ann["country"], ann["segment"]), ("Ann", "a@example.com", "United Kingdom", "trade"))
        self.assertEqual((ann["orders"], ann["net_revenue"], ann["reviews"], ann["rating_sum"], ann["searches"], ann["page_views"]), ("1", "1.25", "1", "5", "1", "3"))

    def test_a_checksum_of_another_figure_is_told(self):
        ours = [second_route.summary(name, lines) for name, lines in self.marts.items()]
        path = os.path.join(self.landing, "marts.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(ours, file)
        self.assertEqual(second_route.compare(ours, path), 0)
        self.marts["mart.funnel"][1] += "0"
        changed = [second_route.summary(name, lines) for name, lines in self.marts.items()]
        self.assertEqual(second_route.compare(changed, path), 1)

    def test_texts_are_escaped_so_that_rows_can_not_run_together(self):
        self.assertEqual(second_route.rendered(["b", "a"], [("x\ty\n", None), ("\\", 1)]), ["a\tb", "1\t\\\\", "\\N\tx\\ty\\n"])


if __name__ == "__main__":
    unittest.main()
