"""`millrace quality`: a file against a suite from the command line; rules that look back over runs; and a suite of 40 expectations on 320,705 real rows of a shop finds exactly their dirt.

The rows are those of UCI Online Retail (Chen, D. 2015, doi 10.24432/C5BW33, CC BY 4.0); what is wrong with them stands in SOURCES.md beside
them: the numbers of rows below are from there, and those that it lacks were counted from the files by other means.
"""
import glob
import json
import os
import subprocess
import unittest
import urllib.parse
import xml.etree.ElementTree

from kit import Case, program
from real_data import ARCHIVE

ORDERS = "id,name,grams\n1,Zoë,10\n2,,20\n3,Bob,300\n"
COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
COUNTRIES = ["Australia", "Austria", "Bahrain", "Belgium", "Brazil", "Canada", "Channel Islands", "Cyprus", "Czech Republic", "Denmark", "EIRE", "European Community", "Finland", "France", "Germany", "Greece",
             "Hong Kong", "Iceland", "Israel", "Italy", "Japan", "Lebanon", "Lithuania", "Malta", "Netherlands", "Norway", "Poland", "Portugal", "Saudi Arabia", "Singapore", "Spain", "Sweden", "Switzerland", "USA",
             "United Arab Emirates", "United Kingdom", "Unspecified"]
NOT_CANCELLED = {"type": "pass_through", "pass_through_filter": "InvoiceNo NOT LIKE 'C%'"}


def bounds(value):
    return {"min_value": value, "max_value": value}


# type without "expect_", its arguments, the rows that are unexpected (of a map expectation) or what is observed (of another).
RETAIL = [
    ("table_row_count_to_equal", {"value": 320_705}, 320_705),
    ("table_column_count_to_equal", {"value": 8}, 8),
    ("table_columns_to_match_ordered_list", {"column_list": COLUMNS}, COLUMNS),
    ("table_columns_to_match_set", {"column_set": COLUMNS[::-1]}, COLUMNS),
    ("column_values_to_not_be_null", {"column": "InvoiceNo"}, 0),
    ("column_values_to_not_be_null", {"column": "StockCode"}, 0),
    ("column_values_to_not_be_null", {"column": "Description"}, 1_161),
    ("column_values_to_not_be_null", {"column": "Quantity"}, 0),
    ("column_values_to_not_be_null", {"column": "UnitPrice"}, 0),
    ("column_values_to_not_be_null", {"column": "CustomerID"}, 88_652),
    ("column_values_to_not_match_regex", {"column": "InvoiceNo", "regex": "^C"}, 5_847),
    ("column_values_to_not_match_like_pattern", {"column": "InvoiceNo", "like_pattern": "A%"}, 3),
    ("column_values_to_match_regex", {"column": "InvoiceNo", "regex": "^[0-9]{6}$"}, 5_850),
    ("column_values_to_be_between", {"column": "Quantity", "min_value": 0}, 6_772),
    ("column_values_to_be_between", {"column": "Quantity", "min_value": 0, "row_condition": NOT_CANCELLED}, 925),
    ("column_values_to_be_between", {"column": "Quantity", "min_value": -1000, "max_value": 1000, "mostly": 0.999}, 116),
    ("column_values_to_be_between", {"column": "UnitPrice", "min_value": 0}, 2),
    ("column_values_to_be_between", {"column": "UnitPrice", "max_value": 1000}, 70),
    ("column_values_to_be_between", {"column": "UnitPrice", "min_value": 0, "strict_min": True}, 1_799),
    ("column_values_to_not_be_in_set", {"column": "UnitPrice", "value_set": [0]}, 1_797),
    ("column_values_to_match_regex", {"column": "Description", "regex": "^[\\x00-\\x7F]*$"}, 29),
    ("column_values_to_not_match_regex", {"column": "Description", "regex": "^[a-z?]"}, 200),
    ("column_value_lengths_to_be_between", {"column": "Description", "max_value": 35}, 0),
    ("column_values_to_match_regex", {"column": "StockCode", "regex": "^[0-9]{5}[A-Z]*$"}, 3_354),
    ("column_values_to_not_match_regex_list", {"column": "StockCode", "regex_list": ["^[0-9]{5}[a-z]+$"]}, 1_362),
    ("column_values_to_not_be_in_set", {"column": "StockCode", "value_set": ["POST", "DOT", "M", "D", "S", "C2"]}, 1_865),
    ("column_values_to_be_in_set", {"column": "Country", "value_set": COUNTRIES}, 0),
    ("column_values_to_not_be_in_set", {"column": "Country", "value_set": ["Unspecified"]}, 327),
    ("column_values_to_be_between", {"column": "InvoiceDate", "min_value": "2010-12-01", "max_value": "2011-09-01", "strict_max": True}, 0),
    ("column_values_to_be_between", {"column": "CustomerID", "min_value": 12346, "max_value": 18287}, 0),
    ("compound_columns_to_be_unique", {"column_list": COLUMNS}, 4_779),  # 2,483 rows too many, and those that they repeat
    ("column_distinct_values_to_equal_set", {"column": "Country", "value_set": COUNTRIES}, COUNTRIES),
    ("column_most_common_value_to_be_in_set", {"column": "Country", "value_set": ["United Kingdom"]}, ["United Kingdom"]),
    ("column_unique_value_count_to_be_between", {"column": "CustomerID", **bounds(3_360)}, 3_360),
    ("column_unique_value_count_to_be_between", {"column": "InvoiceNo", **bounds(16_459)}, 16_459),
    ("column_unique_value_count_to_be_between", {"column": "StockCode", **bounds(3_774)}, 3_774),
    ("column_sum_to_be_between", {"column": "Quantity", **bounds(3_089_482)}, 3_089_482),
    ("column_max_to_be_between", {"column": "UnitPrice", **bounds(38_970)}, 38_970),
    ("column_min_to_be_between", {"column": "UnitPrice", "min_value": 0}, -11_062.06),
]
TWICE = "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY %s) AS copy FROM {batch}) WHERE copy > 1" % ", ".join(COLUMNS)


def suite_of(*expectations):
    return {"name": "suite", "expectations": [{"type": kind, "kwargs": kwargs} for kind, kwargs in expectations]}


class Quality(Case):
    def check(self, suite, *words):
        data, path = self.write("orders.csv", ORDERS), self.write("suite.json", suite if isinstance(suite, str) else json.dumps(suite))
        return program("quality", "check", "--data", data, "--suite", path, *words)

    def test_the_result_is_printed_and_the_exit_code_says_whether_all_passed(self):
        code, out, told = self.check(suite_of(("expect_column_to_exist", {"column": "id"})))
        self.assertEqual((code, json.loads(out)["success"], told), (0, True, "1 checks, 0 failed, 0 measures, 0 scans\n"))
        code, out, told = self.check(suite_of(("expect_column_values_to_not_be_null", {"column": "name"})), "--result-format", "COMPLETE", "--index-column", "id")
        self.assertEqual((code, told), (1, "1 checks, 1 failed, 2 measures, 2 scans\n"))
        self.assertEqual(json.loads(out)["results"][0]["result"]["unexpected_index_list"], [{"id": 2, "name": None}])

    def test_dqdl_is_known_by_its_content(self):
        code, out, _ = self.check('Rules = [ RowCount = 3, IsComplete "name" ]')
        self.assertEqual((code, [rule["Result"] for rule in json.loads(out)["RuleResults"]]), (1, ["PASS", "FAIL"]))

    def test_parameters_types_and_the_shape_of_0_18(self):
        suite = suite_of(("expect_column_values_to_be_between", {"column": "grams", "max_value": {"$PARAMETER": "limit * 2"}}), ("expect_column_values_to_be_of_type", {"column": "id", "type_": "str"}))
        code, out, _ = self.check(suite, "--param", "limit=150", "--schema", "id=VARCHAR", "--shape", "0.18")
        self.assertEqual((code, json.loads(out)["evaluation_parameters"]), (0, {"limit": 150}))

    def test_junit_and_plan(self):
        junit = self.path("junit.xml")
        self.check(suite_of(("expect_column_values_to_be_unique", {"column": "id"}), ("expect_magic", {})), "--junit", junit)
        root = xml.etree.ElementTree.parse(junit).getroot()
        self.assertEqual((root.get("tests"), root.get("failures"), root.get("errors")), ("2", "0", "1"))
        code, out, _ = program("quality", "plan", "--data", self.path("orders.csv"), "--suite", self.path("suite.json"))
        self.assertEqual((code, out.splitlines()[0]), (0, "2 checks, 3 measures, 2 scans, and one more for the rows of checks that fail"))

    def test_data_docs_have_a_page_for_each_run_and_values_only_when_asked(self):
        docs, suite = self.path("docs"), suite_of(("expect_column_values_to_match_regex", {"column": "name", "regex": "^Z"}))
        code, _, told = self.check(suite, "--docs", docs)
        page = told.splitlines()[-1].removeprefix("data docs: ")
        self.assertEqual((code, os.path.dirname(os.path.dirname(page))), (1, docs))
        self.check(suite, "--docs", docs, "--result-format", "SUMMARY")
        first, second = sorted(glob.glob(os.path.join(docs, "suite", "*Z*.html")), key=lambda path: (os.path.getmtime(path), len(path)))
        texts = []
        for path in (first, second, os.path.join(docs, "index.html"), os.path.join(docs, "suite", "index.html")):
            with open(path, encoding="utf-8") as file:
                texts.append(file.read())
        self.assertEqual(["Bob" in text for text in texts], [False, True, False, False])
        self.assertIn("1 suite, 2 runs", texts[2])

    def test_init_writes_a_suite_that_passes_in_either_language(self):
        data = self.write("many.csv", "id,state,amount\n" + "".join(f"{n},{'new' if n % 3 else 'paid'},{n % 90}.5\n" for n in range(200)))
        for form, name in (("gx", "first.json"), ("dqdl", "first.dqdl")):
            code, out, told = program("quality", "init", "--data", data, "--format", form)
            self.assertEqual((code, told.splitlines()[-1]), (0, "12 checks for 200 rows"), told)
            self.write(name, out)
            code, _, told = program("quality", "check", "--data", data, "--suite", self.path(name))
            self.assertEqual(code, 0, told)
        with open(self.path("first.json"), encoding="utf-8") as file:
            found = {(one["type"], one["kwargs"].get("column")): one["kwargs"] for one in json.load(file)["expectations"]}
        self.assertEqual(found["expect_column_values_to_be_in_set", "state"]["value_set"], ["new", "paid"])
        self.assertEqual(found["expect_table_row_count_to_be_between", None], {"min_value": 100, "max_value": 400})
        self.assertIn(("expect_column_values_to_be_unique", "id"), found)

    def test_init_tells_its_reasons_and_writes_over_nothing(self):
        data, out = self.write("orders.csv", ORDERS), self.path("suites/orders.json")
        code, table, told = program("quality", "init", "--data", data, "--out", out, "--schema", "id=VARCHAR")
        self.assertEqual(code, 0, told)
        self.assertIn("no value is missing", table)
        with open(out, encoding="utf-8") as file:
            types = [one["kwargs"]["type_"] for one in json.load(file)["expectations"] if one["type"] == "expect_column_values_to_be_of_type"]
        self.assertEqual(types, ["VARCHAR", "VARCHAR", "BIGINT"])
        code, _, told = program("quality", "init", "--data", data, "--out", out)
        self.assertNotEqual(code, 0)
        self.assertIn("is there already", told)
        code, _, told = program("quality", "init", "--data", self.path("gone.csv"))
        self.assertEqual(code, 1)
        self.assertIn("E5030", told)

    def test_what_can_not_be_read_is_told(self):
        code, out, told = self.check("{\"expectations\": [}")
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(told, "E7002.*not JSON: a mistake at byte 19")
        code, _, told = program("quality", "check", "--data", self.path("nothing.csv"), "--suite", self.path("suite.json"))
        self.assertEqual(code, 1)
        self.assertIn("E5030", told)


    def test_dqdl_results_have_glues_shape_and_rows_where_they_are_asked_for(self):
        customers = self.write("customers.csv", "name\nZoë\nBob\n")
        rules = 'Rules = [ ReferentialIntegrity "name" "customers.name" > 0.6, ColumnValues "grams" < 300, DistinctValuesCount "id" = 3, RowCount = last() ]'
        words = ("--source", f"customers={customers}", "--approximate")
        code, out, said = self.check(rules, *words, "--rows", self.path("rows.csv"))
        result = json.loads(out)
        self.assertEqual((code, result["Score"], result["AggregatedMetrics"]["TotalRulesFailed"]), (1, 0.5, 2), said)
        self.assertEqual([rule["Result"] for rule in result["RuleResults"]], ["PASS", "FAIL", "PASS", "FAIL"])
        self.assertEqual(result["RuleResults"][1]["RuleMetrics"], {"RowsPassed": 2, "RowsFailed": 1})
        self.assertEqual([rule.get("Approximate", False) for rule in result["RuleResults"]], [False, False, True, False])
        with open(self.path("rows.csv"), encoding="utf-8") as file:
            self.assertEqual([line.rsplit(",", 1)[1].strip() for line in file], ["DataQualityEvaluationResult", "Passed", "Failed", "Failed"])
        before = self.write("before.json", out)
        self.assertEqual(json.loads(self.check(rules, *words, "--history", before)[1])["RuleResults"][3]["Result"], "PASS")

    def test_parts_are_combined_for_each_row_where_that_is_asked_for(self):
        rules = 'Rules = [ (IsComplete "name") or (ColumnValues "grams" < 30) ]'
        self.assertEqual(self.check(rules)[0], 1)
        self.assertEqual(self.check(rules, "--by-row")[0], 0)


# The rows of each run are as many as the parameter says: those of `load` are checked before they are there, those of `look` as a dataset.
WATCHED = """dag: watched
params: {rows: {type: integer, default: 10}}
tasks:
  keys: {uses: sql.query, with: {into: raw.keys, sql: "select i as id from range(1000) t(i)"}}
  load:
    uses: sql.query
    needs: [keys]
    with: {into: raw.orders, sql: "select k.id from raw.keys k where k.id < {{ .params.rows }}"}
    checks:
      - on_fail: warn
        rules: |
          Rules = [
            RowCount > 0.5 * avg(last(3)),
            DetectAnomalies "RowCount",
            ReferentialIntegrity "id" "keys.id" = 1.0
          ]
  look:
    uses: quality.check
    needs: [load]
    with: {input: raw.orders, on_fail: warn, rules: "Rules = [ RowCount between 0.9 * last() and 1.2 * last(), FileSize < 1 MB ]"}
"""


class OverRuns(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/watched.yaml", WATCHED)
        self.running = self.server("--slots", 2).start()

    def word(self, *words):
        return program(*words, "--server", f"127.0.0.1:{self.running.rpc_port}")

    def found(self, **query):
        """What the checks found, page by page, newest snapshot first."""
        items, more = [], {}
        while more is not None:
            page = self.running.get("/api/v1/datasets/raw.orders/checks?" + urllib.parse.urlencode({**query, **more})).json
            items += page["items"]
            more = {"after": page["next"]} if page["next"] else None
        return items

    def test_rules_look_back_over_runs_and_what_they_found_is_listed(self):
        for rows in (100, 100, 102, 100, 40, 101):
            run = self.running.begin("watched", params={"rows": rows})
            self.assertEqual(self.running.end_of(run)["state"], "succeeded", self.running.run(run))
        by_snapshot = {}
        for one in self.found(limit=4):
            by_snapshot.setdefault(one["snapshot"], []).append("P" if one["success"] else "F")
        outcomes = ["".join(by_snapshot[snapshot]) for snapshot in sorted(by_snapshot)]
        # load's three (average of the last three, anomalies, keys), then look's two (the last one, files).
        self.assertEqual(outcomes, ["FFPFP", "PFPPP", "PFPPP", "PPPPP", "FFPFP", "PPPFP"])
        newest = self.found(check="DetectAnomalies")[0]
        self.assertEqual((newest["rules_of"], newest["run"], newest["metrics"]), ("watched/load", run, {"Dataset.*.RowCount": 101}))
        self.assertGreater(newest["upper_limit"], 101)
        counts = [one["observed"] for one in self.found(check="0.5 * avg")]
        self.assertEqual(counts, [101, 40, 100, 102, 100, 100])
        code, out, said = self.word("quality", "history", "raw.orders", "--check", "FileSize")
        self.assertEqual((code, len(out.splitlines()), out.count("watched/look"), out.count("passed")), (0, 7, 6, 6), said)
        code, out, _ = self.word("--json", "quality", "history", "raw.orders", "--limit", 2)
        self.assertEqual((code, len(json.loads(out)["items"]), json.loads(out)["next"] is not None), (0, 2, True))
        code, _, said = self.word("quality", "history", "raw.nothing")
        self.assertEqual((code, "E8004" in said), (1, True), said)
        self.assertEqual(self.running.get("/api/v1/datasets/raw.nothing/checks").status, 404)

    def test_a_run_that_is_done_again_is_judged_as_the_first_time(self):
        for rows in (100, 40):
            run = self.running.begin("watched", params={"rows": rows})
            self.running.end_of(run)
        self.running.post(f"/api/v1/runs/{run}/tasks/load/clear")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        counts = [(one["observed"], one["success"]) for one in self.found(check="0.5 * avg")]
        self.assertEqual(counts, [(40, False), (40, False), (100, False)])


@unittest.skipUnless(os.path.exists(ARCHIVE), "the real data of ../shared aren't there")
class RealRows(Case):
    def test_forty_expectations_find_the_dirt_that_is_there_and_nothing_else(self):
        subprocess.run(["tar", "--zstd", "-xf", ARCHIVE, "-C", self.folder, "./online_retail"], check=True)
        rows = self.path("rows.csv")
        with open(rows, "w", encoding="utf-8", newline="") as out:
            out.write(",".join(COLUMNS) + "\n")
            for day in sorted(glob.glob(self.path("online_retail/*.csv"))):
                with open(day, encoding="utf-8", newline="") as file:
                    next(file)
                    out.writelines(file)
        expectations = [("expect_" + kind, kwargs) for kind, kwargs, _ in RETAIL] + [("unexpected_rows_expectation", {"unexpected_rows_query": TWICE})]
        self.assertEqual(len(expectations), 40)
        suite = self.write("suite.json", json.dumps(suite_of(*expectations)))
        code, out, told = program("quality", "check", "--data", rows, "--suite", suite, "--result-format", "COMPLETE", "--schema", "InvoiceNo=VARCHAR", "--schema", "StockCode=VARCHAR")
        self.assertEqual(code, 1, told)
        results = json.loads(out)["results"]
        found = [one["result"].get("unexpected_count", one["result"].get("observed_value")) for one in results]
        self.maxDiff = None
        self.assertEqual([(kind, kwargs.get("column"), got) for (kind, kwargs), got in zip(expectations, found)],
                         [("expect_" + kind, kwargs.get("column"), count) for kind, kwargs, count in RETAIL] + [("unexpected_rows_expectation", None, "2483 unexpected rows")])
        failed = [kind for (kind, _), one in zip(expectations, results) if not one["success"]]
        wrong = [kind for (kind, kwargs), got in zip(expectations, found) if kind.startswith(("expect_column_value", "expect_compound")) and got and "mostly" not in kwargs]
        self.assertEqual(failed, wrong + ["expect_column_min_to_be_between", "unexpected_rows_expectation"])


if __name__ == "__main__":
    unittest.main()
