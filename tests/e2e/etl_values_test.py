"""Transforms of one column, on every kind of value: texts beyond ASCII and empty ones, decimals, dates, times, lists, structs, and nothing but NULLs.

One run has a task for each transform and each kind; what it writes is compared with SQL written by hand, as sets of rows with counts.
"""
import json
import unittest

from kit import Case, program

# Of each kind: values with a tie, and what is odd about it. One row in five is NULL.
KINDS = {
    "text": ("VARCHAR", "['Köln', '東京 🦊', '', 'Köln', ' x''y\"z ']"),
    "whole": ("BIGINT", "[0, -1, 9223372036854775807, 0, -9223372036854775808]"),
    "decimal": ("DECIMAL(18,4)", "[0.1000, -0.0001, 99999999999999.9999, 0.1000, 0]"),
    "day": ("DATE", "[date '2024-02-29', date '1582-10-15', date '9999-12-31', date '2024-02-29', date '1970-01-01']"),
    "moment": ("TIMESTAMP", "[timestamp '2024-02-29 23:59:59.999999', timestamp '1970-01-01', timestamp '2024-02-29 23:59:59.999999', timestamp '2038-01-19 03:14:08', timestamp '0001-01-01']"),
    "list": ("VARCHAR[]", "[['a', null, 'ü'], [], ['a', null, 'ü'], [''], ['b']]"),
    "nested": ("STRUCT(street VARCHAR, place STRUCT(zip VARCHAR))", "[{'street': 'Š', 'place': {'zip': '1'}}, {'street': null, 'place': {'zip': ''}}, {'street': 'Š', 'place': {'zip': '1'}}, {'street': '', 'place': null}, {'street': 'x', 'place': {'zip': null}}]"),
    "nothing": ("INTEGER", "[null, null, null, null, null]"),
}
ROWS = 40
# Config, and the same by hand over r (id, k, v); KIND is the type of v.
TRANSFORMS = {
    "select": ({"columns": ["v", "id"]}, "select v, id from r"),
    "drop": ({"columns": ["k"]}, "select id, v from r"),
    "rename": ({"columns": {"v": "w ü"}}, 'select id, k, v as "w ü" from r'),
    "map_columns": ({"columns": [{"from": "v", "to": "w"}]}, "select v as w from r"),
    "derive": ({"columns": {"w": "v", "missing": "v is null"}}, "select id, k, v, v is null as missing, v as w from r"),
    "filter": ({"where": "v is not null"}, "select * from r where v is not null"),
    "sort": ({"order_by": ["v", "id"]}, "select * from r"),
    "limit": ({"rows": 7, "order_by": ["id"]}, "select * from r where id < 7"),
    "deduplicate": ({"by": ["v"], "order_by": ["id"]}, "select * from r where id in (select min(id) from r group by v)"),
    "row_number": ({"by": ["v"], "order_by": ["id"], "as": "n"}, "select id, k, v, (select count(*) from r p where p.v is not distinct from r.v and p.id <= r.id) as n from r"),
    "fill_missing": ({"columns": ["v"], "how": "before", "order_by": ["id"]}, "select id, k, coalesce(v, (select arg_max(p.v, p.id) from r p where p.id < r.id and p.v is not null)) as v from r"),
    "aggregate": ({"by": ["v"], "values": {"n": {"function": "count"}, "last": {"function": "max", "of": "id"}}}, "select v, max(id) as last, count(*) as n from r group by v"),
    "window": ({"by": ["k"], "order_by": ["id"], "values": {"w": "lag(v)"}}, "select id, k, v, (select arg_max(struct_pack(x := p.v), p.id).x from r p where p.k = r.k and p.id < r.id) as w from r"),
    "join": ({"right": "RIGHT", "on": ["v"], "how": "left"}, "select r.id, r.k, r.v, q.name from r left join q on r.v = q.v"),
    "lookup": ({"right": "RIGHT", "on": ["v"], "take": {"name": "name"}}, "select id, k, v, (select max(name) from q where q.v = r.v) as name from r"),
    "union": ({"with": ["SELF"]}, "select * from r union all select * from r"),
    "intersect": ({"with": "SELF"}, "select distinct * from r"),
    "except": ({"with": "SELF"}, "select * from r where false"),
    "unpivot": ({"columns": ["v"], "keep_nulls": True}, "select id, k, 'v' as name, v as value from r"),
}


class EveryKindOfValue(Case):
    maxDiff = None

    def test_each_transform_keeps_each_kind_of_value(self):
        tasks, wanted = {}, {}
        for kind, (of, values) in KINDS.items():
            source, right = f"raw.{kind}", f"raw.{kind}_names"
            rows = f"select i as id, i % 3 as k, (case when i % 5 = 3 then null else (cast({values} as {of}[]))[1 + (i * 7 // 3) % 5] end)::{of} as v from range({ROWS}) t(i)"
            names = f"select v, min(id)::varchar as name from ({rows}) where v is not null group by v having min(id) % 2 = 0"
            tasks[kind] = {"uses": "sql.query", "with": {"sql": rows, "into": source}}
            tasks[kind + "_names"] = {"uses": "sql.query", "with": {"sql": names, "into": right}}
            for transform, (config, by_hand) in TRANSFORMS.items():
                name = f"{transform}_{kind}"
                given = json.loads(json.dumps(config).replace("RIGHT", right).replace("SELF", source))
                tasks[name] = {"uses": f"etl.{transform}", "needs": [kind, kind + "_names"], "with": {**given, "input": source, "into": f"mart.{name}"}}
                wanted[name] = f"with r as (select * from {source}), q as (select * from {right}) {by_hand}"
        self.write("dags/kinds.yaml", f"dag: kinds\ntasks: {json.dumps(tasks, ensure_ascii=False)}\n")
        running = self.server("--slots", 4).start()
        run = running.begin("kinds")
        ended = running.end_of(run, deadline=150)
        failed = {task["id"]: running.task(run, task["id"]).get("error") for task in ended["tasks"] if task["state"] != "succeeded"}
        self.assertEqual(failed, {})
        for kind in KINDS:
            self.assertEqual(self.differing({name: by_hand for name, by_hand in wanted.items() if name.endswith("_" + kind)}), [])

    def differing(self, wanted):
        """Names of those with a row that is in one of both and not in the other."""
        asked = []
        for name, by_hand in wanted.items():
            a, b = (f"select t::varchar from ({sql}) t" for sql in (f"select * from mart.{name}", by_hand))
            asked.append(f"select '{name}' as name where exists (({a} except all {b}) union all ({b} except all {a}))")
        code, out, said = program("sql", " union all ".join(asked), "--home", self.home, "--format", "json")
        self.assertEqual(code, 0, said)
        return [row["name"] for row in json.loads(out)]


if __name__ == "__main__":
    unittest.main()
