import { use_events, use_get, use_now, use_title } from '../lib/live';
import { Link, set_query, use_address } from '../lib/router';
import type { Dag, List } from '../lib/types';
import { Empty, ProblemBox, Shown, State, Table } from '../parts/basics';
import { Outcomes } from '../parts/outcomes';
import { dag_href } from '../parts/runs_table';

const kFirst = `dag: hello
tasks:
  greet:
    uses: shell.run
    with: {run: echo hello}`;

function matches(dag: Dag, wanted: string): boolean {
  const text = [dag.name, dag.description, dag.owner, ...Object.entries(dag.labels).flat()].join(' ').toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function DagRow({ dag, now }: { dag: Dag; now: number }) {
  const latest = [...dag.last_runs].sort((a, b) => b.created.localeCompare(a.created))[0];
  return (
    <tr>
      <td><Link href={dag_href(dag.name)}><strong>{dag.name}</strong></Link><div className="dim">{dag.description}</div></td>
      <td>{latest ? <State of={latest.state} /> : <span className="dim">—</span>}</td>
      <td><Outcomes runs={dag.last_runs} now={now} /></td>
      <td>{dag.owner || <span className="dim">—</span>}</td>
      <td className="num">{dag.tasks.length}</td>
    </tr>
  );
}

export function DagsPage() {
  use_title('Dags');
  const wanted = use_address().searchParams.get('q') ?? '';
  const loaded = use_get<List<Dag>>('/dags');
  use_events('', loaded.reload);
  const now = use_now(false);
  return (
    <>
      <h1>Dags</h1>
      <Shown loaded={loaded}>
        {(list) => (
          <>
            {(list.errors ?? []).map((problem) => <ProblemBox key={problem.where + problem.code} problem={problem} title="A Dag file is not read" />)}
            {list.items.length === 0
              ? <Empty><p>There is no Dag yet. Write this into a file <code>hello.yaml</code> in the folder given by <code>--dags</code>:</p><pre className="data">{kFirst}</pre></Empty>
              : (
                <>
                  <label className="search">Search <input type="search" value={wanted} onChange={(event) => set_query('q', event.target.value)} placeholder="name, text, owner, label" /></label>
                  <Table caption="Dags" head={['Dag', 'Last', 'Last 20 runs', 'Owner', 'Tasks']}>
                    {list.items.filter((dag) => matches(dag, wanted)).map((dag) => <DagRow key={dag.name} dag={dag} now={now} />)}
                  </Table>
                </>
              )}
          </>
        )}
      </Shown>
    </>
  );
}
