import { useState } from 'react';
import { get } from '../lib/api';
import { use_events, use_get, use_now, use_title } from '../lib/live';
import { Link, set_query, use_address } from '../lib/router';
import { kRunStates, label } from '../lib/states';
import type { Dag, List, Run } from '../lib/types';
import { Empty, LiveMark, Shown } from '../parts/basics';
import { RunsTable } from '../parts/runs_table';

function Filter({ dag, state }: { dag: string; state: string }) {
  const dags = use_get<List<Dag>>('/dags');
  const names = new Set((dags.data?.items ?? []).map((one) => one.name));
  if (dag) names.add(dag);
  return (
    <form className="row" onSubmit={(event) => event.preventDefault()}>
      <label>Dag <select value={dag} onChange={(event) => set_query('dag', event.target.value)}>
        <option value="">all</option>
        {[...names].sort().map((name) => <option key={name}>{name}</option>)}
      </select></label>
      <label>State <select value={state} onChange={(event) => set_query('state', event.target.value)}>
        <option value="">all</option>
        {kRunStates.map((one) => <option key={one} value={one}>{label(one)}</option>)}
      </select></label>
    </form>
  );
}

/** The first page is live; older ones are fetched on demand and put behind it. */
function Pages({ query }: { query: string }) {
  const first = use_get<List<Run>>(`/runs?limit=50${query}`);
  const open = use_events('', first.reload);
  const [older, set_older] = useState<{ runs: Run[]; next: string | null } | null>(null);
  const now = use_now(Boolean(first.data?.items.some((run) => run.state === 'running')));
  const next = older ? older.next : first.data?.next ?? null;
  const more = async () => {
    if (!next) return;
    const page = await get<List<Run>>(`/runs?limit=50${query}&after=${encodeURIComponent(next)}`);
    set_older((old) => ({ runs: [...(old?.runs ?? []), ...page.items], next: page.next }));
  };
  return (
    <Shown loaded={first}>
      {(list) => {
        const ids = new Set(list.items.map((run) => run.id));
        const runs = [...list.items, ...(older?.runs ?? []).filter((run) => !ids.has(run.id))];
        return (
          <>
            <p><LiveMark open={open} /></p>
            {runs.length ? <RunsTable runs={runs} caption="Runs" now={now} />
              : <Empty><p>No run matches. Start one from a <Link href="/dags">Dag</Link>, or widen the filter.</p></Empty>}
            {next ? <button type="button" onClick={() => void more().catch(() => first.reload())}>Older runs</button> : null}
          </>
        );
      }}
    </Shown>
  );
}

export function RunsPage() {
  use_title('Runs');
  const { searchParams } = use_address();
  const dag = searchParams.get('dag') ?? '', state = searchParams.get('state') ?? '';
  const query = (dag ? `&dag=${encodeURIComponent(dag)}` : '') + (state ? `&state=${encodeURIComponent(state)}` : '');
  return <><h1>Runs</h1><Filter dag={dag} state={state} /><Pages key={query} query={query} /></>;
}
