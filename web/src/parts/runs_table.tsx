import { duration_text, is_over, span_ms } from '../lib/format';
import { Link } from '../lib/router';
import { label } from '../lib/states';
import type { Run } from '../lib/types';
import { State, Table, Time } from './basics';

function counts_text(counts: Record<string, number>): string {
  return Object.entries(counts).map(([state, count]) => `${count} ${label(state)}`).join(', ');
}

export function run_href(id: string): string {
  return `/runs/${encodeURIComponent(id)}`;
}

export function dag_href(name: string): string {
  return `/dags/${encodeURIComponent(name)}`;
}

export function RunsTable({ runs, caption, now, with_dag = true }: { runs: Run[]; caption: string; now: number; with_dag?: boolean }) {
  return (
    <Table caption={caption} head={['State', ...(with_dag ? ['Dag'] : []), 'Run', 'Started', 'Took', 'Tasks', 'Trigger']}>
      {runs.map((run) => (
        <tr key={run.id}>
          <td><State of={run.state} /></td>
          {with_dag ? <td><Link href={dag_href(run.dag)}>{run.dag}</Link></td> : null}
          <td><Link href={run_href(run.id)}>{run.id}</Link></td>
          <td><Time iso={run.started || run.created} /></td>
          <td className="num">{duration_text(span_ms(run.started, is_over(run.state) ? run.finished : '', now))}</td>
          <td>{counts_text(run.counts)}</td>
          <td>{run.trigger}</td>
        </tr>
      ))}
    </Table>
  );
}
