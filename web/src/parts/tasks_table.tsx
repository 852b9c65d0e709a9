import { count_text, duration_text, span_ms } from '../lib/format';
import { Link } from '../lib/router';
import type { Json, JsonObject, RunDetail, Task } from '../lib/types';
import { State, Table } from './basics';
import { dag_href, run_href } from './runs_table';

export function task_href(run: string, task: string): string {
  return `${run_href(run)}/tasks/${encodeURIComponent(task)}`;
}

function object(json: Json): JsonObject {
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? json : {};
}

/** Rows that came in, went out and were rejected, as far as the output tells them. */
export function rows_text(output: Json): string {
  const all = object(output);
  const rows = all.rows !== undefined && typeof all.rows === 'object' ? object(all.rows) : all;
  const find = (...names: string[]) => names.map((name) => rows[name]).find((value) => typeof value === 'number') as number | undefined;
  const parts: [string, number | undefined][] = [
    ['in', find('rows_in', 'in', 'read')], ['out', find('rows_out', 'out', 'written', 'rows')], ['rejected', find('rows_rejected', 'rejected', 'quarantined')],
  ];
  return parts.filter(([, value]) => value !== undefined).map(([name, value]) => `${count_text(value ?? 0)} ${name}`).join(', ');
}

function Snapshots({ task }: { task: Task }) {
  if (task.snapshots.length === 0) return <span className="dim">—</span>;
  return (
    <>{task.snapshots.map((one) => (
      <div key={one.id}><Link href={`/datasets/${encodeURIComponent(one.dataset)}`}>{one.dataset}</Link> #{one.id} <span className="dim">{count_text(one.rows)} rows</span></div>
    ))}</>
  );
}

export function TasksTable({ run, now, chosen }: { run: RunDetail; now: number; chosen: string }) {
  if (run.tasks.length === 0) return <p className="dim">This run has no tasks; look at <Link href={dag_href(run.dag)}>its Dag</Link>.</p>;
  return (
    <Table caption="Tasks of the run" head={['Task', 'State', 'Attempt', 'Took', 'Why', 'Rows', 'Snapshots']}>
      {run.tasks.map((task) => (
        <tr key={task.id} data-task={task.id} className={task.id === chosen ? 'chosen' : ''}>
          <td><Link href={task_href(run.id, task.id)}><strong>{task.id}</strong></Link><div className="dim">{task.uses}</div></td>
          <td><State of={task.state} /></td>
          <td className="num">{task.attempt || '—'}</td>
          <td className="num">{duration_text(span_ms(task.started, task.finished, now))}</td>
          <td className="why">{task.why || <span className="dim">—</span>}</td>
          <td>{rows_text(task.output) || <span className="dim">—</span>}</td>
          <td><Snapshots task={task} /></td>
        </tr>
      ))}
    </Table>
  );
}
