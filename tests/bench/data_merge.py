"""The part of the suite `data` about memory (data_suite.py).

merge       --rows rows merged by key into a dataset of as many, half of them new, by two threads in a task that may have 512 MiB: it spills. The
            time of its attempt, and the most memory that it had. It must succeed, with as many rows new and changed as are due.
"""
import datetime
import urllib.parse

MERGE = """dag: merge
tasks:
  before:
    uses: sql.query
    runs_on: {{cpu: 2, memory: 4GiB}}
    with:
      into: mart.stock
      sql: select i as id, 'item ' || i as name, cast(hash(i) % 1000 as int) as amount, date '2026-01-01' + cast(i % 180 as int) as day from range({rows}) t(i)
  merge:
    uses: sql.query
    needs: [before]
    runs_on: {{cpu: 2, memory: 512MiB}}
    with:
      into: mart.stock
      mode: merge
      keys: [id]
      sql: select i as id, 'item ' || i as name, -1 as amount, date '2026-07-01' as day from range({half}, {half} + {rows}) t(i)
"""


def merge(build, results, rows, _python, suite):
    new = rows // 2
    with suite.Scratch(build) as folder, suite.House(build, folder, merge=MERGE.format(rows=rows, half=rows - new)) as house:
        run = house.run("merge", "merge")
        task = house.server.call(f"/api/v1/runs/{urllib.parse.quote(run['id'], safe='')}/tasks/merge")
        told = task["output"]["merge"]
        if (told["inserted"], told["updated"]) != (new, rows - new):
            raise SystemExit(f"of {rows} rows {new} were new, and the merge says {told}")
        attempt = task["attempts"][-1]
        began, ended = (datetime.datetime.fromisoformat(attempt[moment]) for moment in ("started", "finished"))
    results.add("data.merge512_s", [(ended - began).total_seconds()], "s")
    results.add("data.merge512_rss_mb", [attempt["usage"]["peak_memory_bytes"] / 2**20], "MiB")
