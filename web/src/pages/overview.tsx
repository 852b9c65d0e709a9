import { useCallback } from 'react';
import { use_events, use_get, use_now, use_title } from '../lib/live';
import { Link } from '../lib/router';
import type { Dag, List, Run, Worker } from '../lib/types';
import { Empty, Failure, LiveMark, ProblemBox, Shown } from '../parts/basics';
import { RunsTable } from '../parts/runs_table';

function Number({ value, text, href, bad = false }: { value: string; text: string; href: string; bad?: boolean }) {
  return <Link href={href} className={`number ${bad ? 'bad' : ''}`}><strong>{value}</strong><span>{text}</span></Link>;
}

function up_to(list: List<Run> | null): string {
  return list ? `${list.items.length}${list.next ? '+' : ''}` : '…';
}

export function OverviewPage() {
  use_title('');
  const failed = use_get<List<Run>>('/runs?state=failed&limit=10');
  const running = use_get<List<Run>>('/runs?state=running&limit=50');
  const queued = use_get<List<Run>>('/runs?state=queued&limit=50');
  const latest = use_get<List<Run>>('/runs?limit=10');
  const dags = use_get<List<Dag>>('/dags');
  const workers = use_get<List<Worker>>('/workers');
  const reload = useCallback(() => {
    for (const one of [failed, running, queued, latest, workers]) one.reload();
  }, [failed.reload, running.reload, queued.reload, latest.reload, workers.reload]);
  const open = use_events('', reload);
  const now = use_now(Boolean(running.data?.items.length));
  const connected = workers.data?.items.filter((worker) => worker.state === 'connected') ?? [];
  const busy = connected.reduce((sum, worker) => sum + worker.busy, 0);
  const slots = connected.reduce((sum, worker) => sum + worker.slots, 0);
  const errors = dags.data?.errors ?? [];
  return (
    <>
      <div className="head"><h1>Overview</h1><LiveMark open={open} /></div>
      <div className="numbers">
        <Number value={up_to(failed.data)} text="failed runs" href="/runs?state=failed" bad={Boolean(failed.data?.items.length)} />
        <Number value={up_to(running.data)} text="running" href="/runs?state=running" />
        <Number value={up_to(queued.data)} text="queued" href="/runs?state=queued" />
        <Number value={workers.data ? `${busy} / ${slots}` : '…'} text={`slots busy, ${connected.length} workers`} href="/workers" bad={workers.data !== null && connected.length === 0} />
        <Number value={dags.data ? `${dags.data.items.length}` : '…'} text="Dags" href="/dags" />
      </div>
      <Failure error={latest.error} />
      {errors.map((problem) => <ProblemBox key={problem.where + problem.code} problem={problem} title="A Dag file is not read" />)}
      {workers.data && connected.length === 0
        ? <Empty><p>No worker is connected, so nothing can run. Start one: <code>millrace worker --help</code> shows how, or serve with <code>--workers 1</code>.</p></Empty> : null}
      {failed.data?.items.length ? <><h2>Failed</h2><RunsTable runs={failed.data.items} caption="Failed runs" now={now} /></> : null}
      <h2>Latest runs</h2>
      <Shown loaded={latest}>
        {(list) => list.items.length
          ? <RunsTable runs={list.items} caption="Latest runs" now={now} />
          : <Empty><p>Nothing has run yet. Choose a Dag in <Link href="/dags">Dags</Link> and start it, or type <code>millrace run dag.yaml</code>.</p></Empty>}
      </Shown>
    </>
  );
}
