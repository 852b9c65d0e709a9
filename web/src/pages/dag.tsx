import { part } from '../lib/api';
import { use_events, use_get, use_now, use_title } from '../lib/live';
import { Link } from '../lib/router';
import type { Dag, DagTask } from '../lib/types';
import { Empty, Shown, Table } from '../parts/basics';
import { Graph } from '../parts/graph';
import { RunsTable } from '../parts/runs_table';
import { StartForm } from '../parts/start_form';

function TaskList({ tasks }: { tasks: DagTask[] }) {
  return (
    <Table caption="Tasks" head={['Task', 'Uses', 'Needs', 'Reads', 'Writes']}>
      {tasks.map((task) => (
        <tr key={task.id}>
          <td><strong>{task.id}</strong></td>
          <td><code>{task.uses}</code></td>
          <td>{task.needs.join(', ') || '—'}</td>
          <td>{task.reads.join(', ') || '—'}</td>
          <td>{task.writes.join(', ') || '—'}</td>
        </tr>
      ))}
    </Table>
  );
}

export function DagPage({ name }: { name: string }) {
  use_title(name);
  const loaded = use_get<Dag>(`/dags/${part(name)}`);
  use_events('', loaded.reload);
  const now = use_now(Boolean(loaded.data?.last_runs.some((run) => run.state === 'running')));
  return (
    <>
      <p className="trail"><Link href="/dags">Dags</Link> /</p>
      <h1>{name}</h1>
      <Shown loaded={loaded}>
        {(dag) => (
          <>
            <p>{dag.description}</p>
            <p className="dim">{dag.owner ? `owner ${dag.owner} · ` : ''}version {dag.version} · {Object.entries(dag.labels).map(([key, value]) => `${key}=${value}`).join(', ')} {dag.file}</p>
            <div className="split">
              <section aria-label="Graph"><h2>Tasks</h2><Graph tasks={dag.tasks} /></section>
              <section className="card" aria-label="Start"><h2>Start</h2><StartForm key={dag.version} dag={dag} /></section>
            </div>
            <details><summary>The tasks as a list</summary><TaskList tasks={dag.tasks} /></details>
            <h2>Last runs</h2>
            {dag.last_runs.length ? <RunsTable runs={dag.last_runs} caption="Last runs" now={now} with_dag={false} />
              : <Empty><p>It has not run yet: start it by the form above, or type <code>millrace start {dag.name}</code>.</p></Empty>}
            <p><Link href={`/runs?dag=${part(dag.name)}`}>All runs of {dag.name}</Link></p>
            {dag.source ? <details><summary>Source</summary><pre className="data" tabIndex={0}>{dag.source}</pre></details> : null}
          </>
        )}
      </Shown>
    </>
  );
}
