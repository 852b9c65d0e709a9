"""`millrace recipe`: a file through a recipe to a file, its SQL, its steps on the first rows, its two forms; and that a wrong one is told with its place."""
import csv
import json
import os
import re
import subprocess
import time
import unittest

from kit import PROGRAM, Case, program

ORDERS = """id,name,country,quantity,day
1, Zoë ,PT,3,2026-11-01
2,,DE,,2026-11-02
3,Bob,DE,5,2026-11-03
3,Bob,DE,5,2026-11-03
4,"Ann, B.",FR,,2026-11-04
"""
CLEAN = """
- trim: {column: name}
- delete_duplicate_rows
- remove_missing: {column: name}
- fill_with_custom: {column: quantity, value: 0, column_data_type: int}
  when: {column: country, is: [FR]}
- add_prefix: {column: country, pattern: '${region}-'}
"""
FILL = """dag: fill
tasks:
  fill: {uses: sql.query, with: {into: raw.people, sql: "select i as id, case when i = 1 then null else 'zoë' end as name from range(3) t(i)"}}
  clean:
    uses: recipe.apply
    needs: [fill]
    with:
      input: raw.people
      into: clean.people
      steps:
        - remove_missing: {column: name}
        - add_prefix: {column: name, pattern: x}
          when: {column: id, is: [0]}
"""
JOINED = [{"Action": {"Operation": "JOIN", "Parameters": {"joinKeys": '[{"key":"country","value":"code"}]', "joinType": "LEFT_JOIN", "leftColumns": '["id","country"]', "rightColumns": '["zone"]',
                                                          "secondaryDatasetName": "zones"}}}]


class Recipe(Case):
    def setUp(self):
        super().setUp()
        self.orders = self.file("orders.csv", ORDERS)

    def file(self, name, text):
        return self.write(name, text if isinstance(text, str) else json.dumps(text))

    def rows(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def test_a_file_becomes_another_and_every_row_is_accounted_for(self):
        recipe, out = self.file("clean.yaml", CLEAN), self.path("clean.csv")
        code, said, told = program("recipe", "run", recipe, "--data", self.orders, "--out", out, "--param", "region=EU", "--json")
        self.assertEqual((code, said), (0, ""), told)
        account = json.loads(told)
        self.assertEqual((account["recipe_rows_in"], account["recipe_rows_out"], account["scans"]), (5, 3, 1))
        self.assertEqual([(step["step"], step["action"], step["rows"]) for step in account["removed"]], [(2, "DELETE_DUPLICATE_ROWS", 1), (3, "REMOVE_MISSING", 1)])
        self.assertEqual(account["removed"][1]["why"], "remove_missing: {column: name}")
        self.assertEqual({step["step"]: step["cells"] for step in account["cells_changed"]}, {1: 1, 4: 1, 5: 3})
        self.assertEqual(self.rows(out), [["id", "name", "country", "quantity", "day"], ["1", "Zoë", "EU-PT", "3", "2026-11-01"], ["3", "Bob", "EU-DE", "5", "2026-11-03"], ["4", "Ann, B.", "EU-FR", "0", "2026-11-04"]])

    def test_the_account_is_a_table_for_people(self):
        recipe = self.file("clean.yaml", CLEAN)
        code, said, told = program("recipe", "run", recipe, "--data", self.orders, "--out", self.path("clean.parquet"), "--param", "region=EU")
        self.assertEqual((code, said), (0, ""), told)
        self.assertIn("5 rows in, 3 out", told)
        self.assertRegex(told, r"3 +rows removed +1 +remove_missing: \{column: name\}")
        with open(self.path("clean.parquet"), "rb") as file:
            self.assertEqual(file.read(4), b"PAR1")

    def test_every_kind_of_file_is_read_and_written(self):
        recipe, names = self.file("upper.yaml", "- upper_case: {column: name}\n"), self.file("names.csv", "name,n\nzoë,1\nbob,2\n")
        before = names
        for kind in ("tsv", "json", "ndjson", "ndjson.gz", "csv.zst", "parquet", "csv"):
            out = self.path("names." + kind if kind != "csv" else "last.csv")
            code, _, told = program("recipe", "run", recipe, "--data", before, "--out", out, "--json")
            self.assertEqual(code, 0, f"{kind}: {told}")
            self.assertEqual(json.loads(told)["recipe_rows_out"], 2, kind)
            before = out
        self.assertEqual(self.rows(before), [["name", "n"], ["ZOË", "1"], ["BOB", "2"]])

    def test_other_files_join_and_schemas_count(self):
        zones, recipe, out = self.file("zones.csv", "code,zone\nDE,007\nFR,9\n"), self.file("join.json", JOINED), self.path("out.csv")
        code, _, told = program("recipe", "run", recipe, "--data", self.orders, "--out", out, "--secondary", f"zones={zones}", "--schema", "id=VARCHAR", "--json")
        self.assertEqual(code, 0, told)
        self.assertEqual(sorted(self.rows(out)[1:]), [["1", "PT", ""], ["2", "DE", "007"], ["3", "DE", "007"], ["3", "DE", "007"], ["4", "FR", "9"]])
        code, _, told = program("recipe", "run", recipe, "--data", self.orders, "--out", out)
        self.assertEqual(code, 1)
        self.assertIn("E6013", told)

    def test_values_beyond_the_first_rows_that_fit_no_number_are_kept(self):
        data = self.file("late.csv", "id,n\n" + "".join(f"{i},1\n" for i in range(30000)) + "30000,none\n")
        out = self.path("late-out.csv")
        code, _, told = program("recipe", "run", self.file("upper.yaml", "- upper_case: {column: n}\n"), "--data", data, "--out", out, "--json")
        self.assertEqual(code, 0, told)
        self.assertEqual(self.rows(out)[-1], ["30000", "NONE"])

    def test_what_is_wrong_is_told_with_its_place_and_nothing_is_written(self):
        out = self.path("out.csv")
        for recipe, words in (("- upper_case: {column: nothing}\n", ["E6006", "step 1 UPPER_CASE", "no column 'nothing'"]),
                              ("- trim: {column: name}\n- delete: {column: name}\n- trim: {column: name}\n", ["E6006", "step 3 TRIM"]),
                              ("- upper_cas: {column: name}\n", ["E6004", "step 1 UPPER_CAS", "UPPER_CASE?"]),
                              ("- extract_pattern: {column: name, pattern: '(?=x)', target: t}\n", ["E6005", "step 1 EXTRACT_PATTERN", "'pattern'"]),
                              ("- substring: {column: name, target: t, start_position: x, end_position: 2}\n", ["E6005", "step 1 SUBSTRING", "'startPosition' must be"]),
                              ("", ["E6001", "empty"])):
            code, said, told = program("recipe", "run", self.file("wrong.yaml", recipe), "--data", self.orders, "--out", out)
            self.assertEqual((code, said), (1, ""), recipe)
            for word in words:
                self.assertIn(word, told, recipe)
            self.assertFalse(os.path.exists(out))
        code, _, told = program("recipe", "run", self.file("fine.yaml", "- upper_case: {column: name}\n"), "--data", self.path("gone.csv"), "--out", out)
        self.assertEqual(code, 1)
        self.assertIn("gone.csv", told)
        code, _, told = program("recipe", "run", self.path("gone.yaml"), "--data", self.orders, "--out", out, "--json")
        self.assertEqual((code, json.loads(told)["code"]), (1, "E6010"))
        code, _, told = program("recipe", "run", self.path("fine.yaml"), "--data", self.orders, "--out", out, "--param", "x")
        self.assertEqual(code, 2)

    def test_forty_column_steps_are_one_scan(self):
        steps = [{"Action": {"Operation": operation, "Parameters": {"sourceColumn": "name"}}} for operation in ("UPPER_CASE", "LOWER_CASE", "TRIM", "CAPITAL_CASE")] * 10
        recipe = self.file("forty.json", steps)
        for words in ((), ("--data", self.orders)):
            code, said, told = program("recipe", "explain", recipe, *words, "--json")
            self.assertEqual(code, 0, told)
            explained = json.loads(said)
            self.assertEqual((explained["steps"], explained["scans"]), (40, 1))
            self.assertEqual(sum(statement["scan"] for statement in explained["statements"]), 1)
            self.assertEqual([column["name"] for column in explained["assumed"]], [] if words else ["name"])
        code, said, _ = program("recipe", "explain", recipe)
        self.assertEqual(code, 0)
        self.assertIn("-- 40 steps, 1 scan", said)
        self.assertRegex(said, r"SELECT .*;")

    def test_statistics_take_a_scan_and_columns_from_data_need_some(self):
        code, said, told = program("recipe", "explain", self.file("fill.yaml", "- fill_with_average: {column: quantity}\n"), "--data", self.orders, "--json")
        self.assertEqual((code, json.loads(said)["scans"]), (0, 2), told)
        hot = self.file("hot.yaml", "- one_hot_encoding: {column: country}\n")
        code, _, told = program("recipe", "explain", hot)
        self.assertEqual(code, 1)
        self.assertIn("E6012", told)
        code, said, told = program("recipe", "explain", hot, "--data", self.orders, "--json")
        self.assertEqual(code, 0, told)
        self.assertIn("country_PT", [column["name"] for column in json.loads(said)["columns"]])

    def test_steps_are_tried_on_the_first_rows(self):
        recipe = self.file("clean.yaml", CLEAN)
        code, said, told = program("recipe", "try", recipe, "--data", self.orders, "--step", "3", "--rows", "4", "--param", "region=EU", "--json")
        self.assertEqual(code, 0, told)
        trial = json.loads(said)
        self.assertEqual(len(trial["rows"]), 4)
        self.assertEqual([step["action"] for step in trial["steps"]], ["TRIM", "DELETE_DUPLICATE_ROWS", "REMOVE_MISSING"])
        self.assertEqual([step["changed"] for step in trial["steps"]], [[[0, 1]], [], []])
        self.assertEqual([step["removed"] for step in trial["steps"]], [[], [3], [1]])
        self.assertEqual([step["of_sample"] for step in trial["steps"]], [False, True, False])
        self.assertIsNone(trial["error"])
        code, said, told = program("recipe", "try", recipe, "--data", self.orders, "--param", "region=EU")
        self.assertEqual(code, 0, told)
        self.assertIn(" Zoë  → Zoë", said)
        self.assertIn("rows removed: 4", said)
        self.assertIn("DE → EU-DE", said)
        self.assertIn("looks at all rows: here at those that are shown", said)
        wrong = self.file("wrong.yaml", "- upper_case: {column: name}\n- upper_case: {column: nothing}\n")
        code, said, told = program("recipe", "try", wrong, "--data", self.orders)
        self.assertEqual(code, 1)
        self.assertIn("Bob → BOB", said)
        self.assertIn("step 2 UPPER_CASE", told)

    def test_a_trial_reads_only_the_beginning_of_a_large_file(self):
        line = "1,some text that makes a line a little longer than it would be,2026-11-01,3.5,PT\n"
        path = self.path("large.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("id,text,day,price,country\n")
            for _ in range(200):
                file.write(line * 20_000)
        recipe = self.file("seven.yaml", "".join(f"- {action}: {{column: text}}\n" for action in ("upper_case", "lower_case", "trim", "capital_case", "upper_case", "trim", "lower_case")))
        program("recipe", "try", recipe, "--data", self.orders)  # the program is in the machine's memory then
        times = []
        for _ in range(5):
            began = time.monotonic()
            done = subprocess.run([PROGRAM, "recipe", "try", recipe, "--data", path, "--step", "7", "--rows", "20", "--json"], capture_output=True, text=True, check=True, timeout=60)
            times.append(time.monotonic() - began)
            self.assertEqual(len(json.loads(done.stdout)["steps"]), 7)
        print(f"a trial of seven steps on {os.path.getsize(path) >> 20} MiB: {min(times) * 1000:.0f} ms at best of five", flush=True)

    def test_a_recipe_comes_back_from_its_other_form(self):
        export = [{"Action": {"Operation": "REMOVE_VALUES", "Parameters": {"sourceColumn": "emp.rate"}}, "ConditionExpressions": [{"Condition": "IS", "TargetColumn": "emp.rate", "Value": '["draw"]'}]},
                  {"Action": {"Operation": "SPLIT_COLUMN_MULTIPLE_DELIMITER", "Parameters": {"sourceColumn": "a", "patternOptions": '[{"pattern":",","includeInSplit":true}]', "limit": "1"}}}]
        path, short, back = self.file("export.json", export), self.path("short.yaml"), self.path("back.json")
        self.assertEqual(program("recipe", "convert", path, short)[0], 0)
        self.assertEqual(program("recipe", "convert", short, back)[0], 0)
        with open(back, encoding="utf-8") as file:
            self.assertEqual(json.load(file), export)
        code, said, _ = program("recipe", "convert", path, "-")
        self.assertEqual((code, said), (0, "- remove_values: {column: emp.rate}\n  when: {column: emp.rate, is: [draw]}\n- split_column_multiple_delimiter: {column: a, limit: 1, pattern_options: [{pattern: ',', includeInSplit: true}]}\n"))
        self.assertEqual(json.loads(program("recipe", "convert", short, "-")[1]), export)
        with open(back, encoding="utf-8") as file:
            self.assertEqual(program("recipe", "convert", path, "-", "--to", "json")[1], file.read())

    def test_a_databrew_dataset_becomes_a_task_that_validates(self):
        dataset = self.file("dataset.json", {"Name": "Orders", "Format": "CSV", "FormatOptions": {"Csv": {"Delimiter": ";", "HeaderRow": True}}, "Input": {"S3InputDefinition": {"Bucket": "shop", "Key": "in/"}}})
        code, task, said = program("recipe", "convert", dataset, "-", "--to", "task")
        self.assertEqual(code, 0, said)
        self.write("dags/orders.yaml", "dag: orders\ntasks:\n" + task)
        code, out, said = program("--json", "validate", self.dags)
        self.assertEqual((code, json.loads(out)["errors"]), (0, []), said)
        code, _, said = program("recipe", "convert", self.file("orders.json", {"Name": "Orders", "Format": "ORC", "Input": {"S3InputDefinition": {"Bucket": "shop", "Key": "in/"}}}), "-", "--to", "task")
        self.assertEqual(code, 1)
        self.assertIn("E6015", said)

    def test_the_help_has_examples(self):
        code, said, _ = program("recipe", "--help")
        self.assertEqual(code, 0)
        for word in ("run", "explain", "try", "convert"):
            self.assertRegex(said, rf"millrace recipe {word} \S+")
        shown = re.search(r"short form:\n((?: .*\n?)+)", said).group(1)
        recipe = self.file("help.yaml", shown)
        code, _, told = program("recipe", "run", recipe, "--data", self.orders, "--out", self.path("help.csv"))
        self.assertEqual(code, 0, told)

    def test_a_server_tries_a_recipe_on_a_dataset_and_tasks_take_the_short_form(self):
        self.write("dags/fill.yaml", FILL)
        server = self.server().start()
        run = server.begin("fill")
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        self.assertEqual(server.task(run, "clean")["output"]["recipe_rows_out"], 2)
        answer = server.post("/api/v1/recipes/try", {"dataset": "raw.people", "rows": 2, "recipe": [{"upper_case": {"column": "name"}}, {"remove_missing": {"column": "name"}}]})
        self.assertEqual(answer.status, 200, answer.body)
        trial = answer.json
        self.assertEqual((trial["rows"], trial["error"]), ([["0", "zoë"], ["1", None]], None))
        self.assertEqual([(step["changed"], step["removed"]) for step in trial["steps"]], [([[0, 1]], []), ([], [1])])
        text = server.post("/api/v1/recipes/try", {"dataset": "raw.people", "recipe": "- upper_case: {column: '${which}'}\n- trim: {column: nothing}\n", "params": {"which": "name"}}).json
        self.assertEqual((len(text["steps"]), text["error"]["code"], text["error"]["where"]), (1, "E6006", "steps: step 2 TRIM"))
        for body, status, code in (({"dataset": "raw.people", "recipe": "- trim"}, 200, None), ({"dataset": "raw.people", "recipe": [{"x": 1, "y": 2}]}, 400, "E6003"), ({"dataset": "raw.people"}, 400, "E6010"),
                                   ({"dataset": "raw.nobody", "recipe": []}, 404, "E8004"), ({"dataset": "people", "recipe": []}, 404, "E8004")):
            answer = server.post("/api/v1/recipes/try", body)
            self.assertEqual((answer.status, answer.json.get("code")), (status, code), body)


if __name__ == "__main__":
    unittest.main()
