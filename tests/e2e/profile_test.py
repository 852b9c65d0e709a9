"""`millrace profile` and `millrace recipe suggest`: what files and datasets hold, for people and for other programs."""
import json
import unittest

from kit import Case, program

ORDERS = "id,customer,amount,email,day\n1,Ann,10.5,ann@example.org,2026-11-01\n2, Bob ,20,bob@example.org,2026-11-02\n2, Bob ,20,bob@example.org,2026-11-02\n3,,4.5,,2026-11-03\n"
FILL = """dag: fill
tasks:
  fill: {uses: sql.query, with: {into: raw.numbers, sql: "select i as n, 'word ' || i % 3 as w from range(10) t(i)"}}
"""


class Profile(Case):
    def setUp(self):
        super().setUp()
        self.write("orders.csv", ORDERS)

    def profile(self, *words):
        code, out, said = program("--json", "profile", *words)
        self.assertEqual(code, 0, out + said)
        return json.loads(out)

    def refused(self, *words, code=1):
        got, out, said = program("--json", "profile", *words)
        self.assertEqual(got, code, out)
        return json.loads(out or said)["code"]

    def test_a_file_as_a_report(self):
        report = self.profile("--data", self.path("orders.csv"))
        self.assertEqual((report["sampleSize"], report["duplicateRowsCount"], report["version"]), (4, 1, "1.0"))
        columns = {column["name"]: column for column in report["columns"]}
        self.assertEqual({name: column["type"] for name, column in columns.items()}, {"id": "long", "customer": "string", "amount": "double", "email": "string"})
        self.assertEqual((columns["amount"]["mean"], columns["amount"]["max"], columns["customer"]["missingValuesCount"]), (13.75, 20.0, 1))
        self.assertEqual(report["skippedColumns"], [{"name": "day", "type": "date"}])
        self.assertEqual(len(self.profile("--data", self.path("orders.csv"), "--all-types")["columns"]), 5)

    def test_a_file_for_people_and_as_a_page(self):
        code, out, said = program("profile", "--data", self.path("orders.csv"), "--entities")
        self.assertEqual(code, 0, said)
        self.assertIn("4 rows, 1 of them repeat an earlier one", out)
        self.assertIn("EMAIL", out)
        page = self.path("pages/orders.html")
        code, out, said = program("profile", "--data", self.path("orders.csv"), "--html", page)
        self.assertEqual(code, 0, said)
        with open(page, encoding="utf-8") as file:
            html = file.read()
        self.assertIn("<svg", html)
        self.assertNotIn("<script", html)

    def test_a_configuration_decides(self):
        self.write("job.json", json.dumps({"Name": "job", "Configuration": {"ProfileColumns": [{"Name": "email"}], "EntityDetectorConfiguration": {"EntityTypes": ["EMAIL"]}}}))
        code, out, _ = program("--json", "profile", "--data", self.path("orders.csv"), "--config", self.path("job.json"))
        self.assertEqual(code, 0)
        self.assertNotIn("example.org", out)
        (column,) = json.loads(out)["columns"]
        self.assertEqual(column["entity"]["rowsCount"], 3)
        self.assertNotIn("distinctValuesCount", column)
        self.write("wrong.json", '{"Configuration": {"Colums": []}}')
        self.assertEqual(self.refused("--data", self.path("orders.csv"), "--config", self.path("wrong.json")), "E6060")

    def test_a_dataset_of_a_home(self):
        self.write("dags/fill.yaml", FILL)
        running = self.server().start()
        self.assertEqual(running.end_of(running.begin("fill"))["state"], "succeeded")
        report = self.profile("--dataset", "raw.numbers", "--home", self.home)
        self.assertEqual((report["sampleSize"], report["columns"][0]["max"], report["columns"][1]["distinctValuesCount"]), (10, 9, 3))
        self.assertEqual(self.refused("--dataset", "raw.gone", "--home", self.home), "E8004")

    def test_what_cannot_be_profiled_is_told(self):
        self.assertEqual(self.refused("--data", self.path("gone.csv")), "E5030")
        self.assertEqual(self.refused("--data", self.path("orders.csv"), "--memory", "much", code=2), "E9004")
        self.assertEqual(self.refused(code=2), "E9004")

    def test_a_proposed_recipe_has_reasons(self):
        code, out, said = program("--json", "recipe", "suggest", "--data", self.path("orders.csv"), "--out", self.path("proposed.json"))
        self.assertEqual(code, 0, out + said)
        proposed = json.loads(out)
        operations = [step["Action"]["Operation"] for step in proposed["Steps"]]
        self.assertEqual(operations, ["REMOVE_COMBINED", "DELETE_DUPLICATE_ROWS", "MASK_DELIMITER"])
        self.assertEqual([reason["operation"] for reason in proposed["Reasons"]], operations)
        with open(self.path("proposed.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), proposed["Steps"])
        code, out, _ = program("recipe", "suggest", "--data", self.path("orders.csv"))
        self.assertEqual(code, 0)
        self.assertIn("blanks at an end", out)


if __name__ == "__main__":
    unittest.main()
