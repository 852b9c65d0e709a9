"""`millrace quality check` with short checks, a data contract, a ruleset of DataBrew and a checkpoint; and short checks and a contract in a Dag."""
import json
import os
import unittest

from kit import Case, program

ORDERS = "id,customer,status,amount,day\n1,10,new,5.00,2026-01-30\n2,11,paid,7.50,2026-01-31\n2,99,lost,-1.00,2026-02-01\n"
SHORT = """name: orders
checks:
  - not_null: [id, day]
  - unique: id
  - accepted_values: {column: status, values: [new, paid]}
    mostly: 0.5
  - references: {column: customer, to: customers}
  - volume: {min: 3, max: 3}
"""
CONTRACT = """apiVersion: v3.0.2
kind: DataContract
id: shop
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, required: true, unique: true}
      - {name: amount, logicalType: number, logicalTypeOptions: {minimum: 0}}
    quality:
      - {type: sql, query: "SELECT count(*) FROM orders WHERE status = 'lost'", mustBe: 0}
      - {type: text, description: the amounts are in euro}
  - name: customers
    properties: [{name: customer}]
"""
RULESET = {"Name": "orders", "TargetArn": "arn:aws:databrew:eu-west-1:123456789012:dataset/orders", "Rules": [
    {"Name": "no debts", "CheckExpression": ":c >= :v", "SubstitutionMap": {":c": "`amount`", ":v": "0"}, "Threshold": {"Value": 90, "Unit": "PERCENTAGE"}},
    {"Name": "ids differ", "CheckExpression": "AGG(DUPLICATE_VALUES_COUNT) == :v", "SubstitutionMap": {":v": "0"}, "ColumnSelectors": [{"Name": "id"}, {"Regex": "cust.*"}]},
    {"Name": "enough", "CheckExpression": "AGG(ROWS_COUNT) >= :v", "SubstitutionMap": {":v": "3"}}]}
CHECKPOINT = """name: nightly
config_version: 1.0
class_name: Checkpoint
action_list:
  - {name: store, action: {class_name: StoreValidationResultAction}}
  - {name: tell, action: {class_name: SlackNotificationAction, notify_on: failure}}
  - {name: ours, action: {class_name: OurAction, module_name: shop}}
validations:
  - expectation_suite_name: shop.orders
    batch_request: {datasource_name: files, data_connector_name: any, data_asset_name: orders}
"""
SUITE = {"expectation_suite_name": "shop.orders", "expectations": [{"expectation_type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}]}
DAG = """dag: shop
tasks:
  orders:
    uses: sql.query
    with: {into: raw.orders, sql: "select * from (values (1, 'new', 5), (2, 'paid', -1), (3, 'lost', 2)) v(id, status, amount)"}
    checks:
      - not_null: id
      - range: {column: amount, min: 0}
        on_fail: quarantine
        name: no debts
      - accepted_values: {column: status, values: [new, paid]}
        on_fail: warn
      - suite: own.yaml
  contract:
    uses: quality.check
    needs: [orders]
    with: {input: raw.orders, suite: contract.yaml}
"""
SMALL = "apiVersion: v3.1.0\nkind: DataContract\nid: s\nschema: [{name: orders, properties: [{name: id, logicalType: integer, primaryKey: true}, {name: amount, logicalTypeOptions: {minimum: 0}}]}]\n"
WRONG = """dag: wrong
tasks:
  orders:
    uses: sql.query
    with: {into: raw.orders, sql: "select 1 as id, 'new' as status"}
    checks:
      - not_null: id
      - rang: {column: id}
      - volume: {min: -1}
"""
UNFIT = """dag: unfit
tasks:
  orders:
    uses: sql.query
    with: {into: raw.orders, sql: "select 1 as id, 'new' as status"}
    checks:
      - not_null: id
      - range: {column: amount, min: 0}
"""


class Dialects(Case):
    def check(self, suite, *words):
        return program("quality", "check", "--data", self.write("orders.csv", ORDERS), "--suite", suite, *words)

    def outcomes(self, out):
        return [one["success"] for one in json.loads(out)["results"]]

    def test_short_checks_look_into_another_file(self):
        customers = self.write("customers.csv", "customer\n10\n11\n")
        code, out, told = self.check(self.write("checks.yaml", SHORT), "--source", f"customers={customers}", "--result-format", "COMPLETE", "--index-column", "id")
        self.assertEqual((code, self.outcomes(out)), (1, [True, True, False, True, False, True]), told)
        self.assertEqual(json.loads(out)["suite_name"], "orders")
        self.assertEqual(json.loads(out)["results"][4]["result"]["unexpected_index_list"], [{"customer": 99, "id": 2}])
        code, out, told = program("quality", "plan", "--data", self.path("orders.csv"), "--suite", self.path("checks.yaml"), "--source", f"customers={customers}")
        self.assertEqual(code, 0, told)
        self.assertTrue(out.startswith("6 checks, "), out)

    def test_a_mistake_in_short_checks_is_told_with_its_place_and_what_is_known(self):
        code, out, told = self.check(self.write("checks.yaml", "checks:\n  - not_nul: id\n  - not_null: id\n"))
        self.assertEqual((code, self.outcomes(out)), (1, [False, True]), told)
        self.assertIn("did you mean 'not_null'?", out)
        code, out, told = self.check(self.write("checks.yaml", "checks:\n  - not_null: [id\n"))
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(told, "E7002.*checks.yaml:3:1.*not YAML")

    def test_a_contract_asks_what_it_says_of_the_object(self):
        contract = self.write("shop.odcs.yaml", CONTRACT)
        code, out, told = self.check(contract)
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(told, "E7005.*the contract has several objects")
        code, out, told = self.check(contract, "--object", "orders", "--junit", self.path("junit.xml"))
        self.assertEqual((code, self.outcomes(out)), (1, [True, True, False, True, False, False, True]), told)
        self.assertEqual(json.loads(out)["meta"]["validation_time"][:2], "20")
        with open(self.path("junit.xml"), encoding="utf-8") as file:
            self.assertIn('tests="7" failures="3" errors="0"', file.read())

    def test_a_ruleset_gives_the_report_of_databrew(self):
        code, out, told = self.check(self.write("rules.json", json.dumps(RULESET)))
        self.assertEqual(code, 1, told)
        report = json.loads(out)
        rules = report["rulesetResults"][0]["ruleResults"]
        self.assertEqual([rule["status"] for rule in rules], ["FAILED", "FAILED", "SUCCEEDED"])
        self.assertEqual((rules[0]["failedCount"], rules[1]["columnResults"]), (1, [{"name": "id", "status": "FAILED"}, {"name": "customer", "status": "SUCCEEDED"}]))
        self.assertEqual(report["sampleSize"], 3)

    def test_a_checkpoint_runs_its_suites_and_says_what_becomes_of_its_actions(self):
        self.write("gx/expectations/shop/orders.json", json.dumps(SUITE))
        self.write("gx/data/orders.csv", ORDERS)
        checkpoint = self.write("gx/checkpoints/nightly.yml", CHECKPOINT)
        code, out, told = program("quality", "check", "--checkpoint", checkpoint)
        self.assertEqual(code, 1, told)
        self.assertEqual(told.splitlines(), ["action store (StoreValidationResultAction) is the result that is printed",
                                             "action tell (SlackNotificationAction) was not run; here it is a task notify.slack under on_failure of a Dag",
                                             "action ours (OurAction) is not known: nothing here does it",
                                             "1 validations, 1 checks, 1 failed, 3 measures, 3 scans"])
        result = json.loads(out)
        self.assertEqual((result["success"], result["statistics"]["evaluated_validations"]), (False, 1))
        code, out, told = program("quality", "check", "--checkpoint", checkpoint, "--batch", "orders=" + self.write("other.csv", "id\n1\n2\n"))
        self.assertEqual((code, json.loads(out)["success"]), (0, True), told)
        code, out, told = program("quality", "check", "--checkpoint", checkpoint, "--suite", "x")
        self.assertIn("E9004", told)
        self.assertIn("E9004", program("quality", "check", "--suite", "x")[2])

    def test_short_checks_and_a_contract_in_a_dag(self):
        self.write("dags/contract.yaml", SMALL)
        self.write("dags/own.yaml", "- not_null: status\n- accepted_values: {column: status, values: [new, paid]}\n  name: known\n  on_fail: quarantine\n")
        path, home = self.write("dags/shop.yaml", DAG), self.path("home")
        _, out, told = program("--json", "run", path, "--home", home)
        run = json.loads(out)
        self.assertEqual(run["state"], "succeeded", told + out)
        outputs = {task["id"]: task["output"] for task in run["tasks"]}
        self.assertEqual((outputs["orders"]["rows_out"], outputs["orders"]["reject_reasons"]), (1, {"no debts": 1, "known": 1}))
        self.assertEqual((outputs["contract"]["evaluated"], outputs["contract"]["failed"]), (5, 0))

    def test_wrong_short_checks_are_refused_before_the_run(self):
        code, out, _ = program("--json", "validate", self.write("dags/wrong.yaml", WRONG))
        errors = json.loads(out)["errors"]
        self.assertEqual(code, 1)
        self.assertEqual([(error["code"], error["where"].rsplit("wrong.yaml:", 1)[1]) for error in errors], [("E1005", "8:9"), ("E1013", "9:23")])
        self.assertIn("did you mean 'range'?", errors[0]["hint"])
        os.remove(self.path("dags/wrong.yaml"))
        code, out, _ = program("--json", "validate", "--data", self.write("dags/unfit.yaml", UNFIT), "--home", self.path("home"))
        errors = json.loads(out)["errors"]
        self.assertEqual([(error["code"], error["where"].rsplit("unfit.yaml:", 1)[1]) for error in errors], [("E7008", "8:25")], errors)
        self.assertIn("there is no column 'amount'", errors[0]["what"])


if __name__ == "__main__":
    unittest.main()
