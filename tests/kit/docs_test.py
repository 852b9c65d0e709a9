"""`millrace plugin docs`: its tables say what the schema says, and its examples are YAML that the reader takes."""
import json
import re
import unittest

from kit import BUILD, Case, program

EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.M | re.S)


class Docs(Case):
    def pages(self, library):
        code, said, complaint = program("--json", "plugin", "docs", library)
        self.assertEqual((code, complaint), (0, ""))
        return {page["type"]: page["page"] for page in json.loads(said)}

    def test_a_field_is_told_with_type_default_and_limits(self):
        page = self.pages(f"{BUILD}/lib/millrace/plugins/millrace-shell.so")["shell.run"]
        self.assertTrue(page.startswith("# shell.run\n\nRuns a command in a shell"))
        self.assertIn('| `output` | string | `"none"` | one of `"none"`, `"json"` | json: the last line', page)
        self.assertIn("| `run` | string | required |  |", page)
        self.assertIn("| `exit_code` | integer |", page)

    def test_examples_are_what_the_reader_takes(self):
        for number, library in enumerate(["core", *(f"{BUILD}/lib/millrace/plugins/millrace-{name}.so" for name in ("shell", "http", "sql", "file"))]):
            for type_, page in self.pages(library).items():
                for at, example in enumerate(EXAMPLE.findall(page)):
                    if "{{" in example or type_ in ("core.switch", "core.run", "core.loop"):
                        continue  # they name tasks, Dags or params that are elsewhere
                    with self.subTest(type_, example=at):
                        lines = "".join("    " + line + "\n" for line in example.splitlines())
                        dag = self.write(f"{number}_{type_}_{at}/one.yaml", f"dag: one\ntasks:\n  shown:\n{lines}")
                        self.assertEqual(program("validate", dag)[2], "")


if __name__ == "__main__":
    unittest.main()
