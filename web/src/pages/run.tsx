import { useCallback } from 'react';
import { part } from '../lib/api';
import { duration_text, is_over, span_ms } from '../lib/format';
import { use_events, use_every, use_get, use_now, use_title } from '../lib/live';
import { go, Link } from '../lib/router';
import type { RunDetail } from '../lib/types';
import { Data, has_content, LiveMark, Shown, State, Time } from '../parts/basics';
import { Gantt } from '../parts/gantt';
import { Graph } from '../parts/graph';
import { RunButtons } from '../parts/run_buttons';
import { dag_href, run_href } from '../parts/runs_table';
import { task_href, TasksTable } from '../parts/tasks_table';
import { TaskPanel } from '../parts/task_panel';

function Facts({ run, now }: { run: RunDetail; now: number }) {
  return (
    <dl className="facts">
      <div><dt>State</dt><dd data-run-state={run.state}><State of={run.state} /></dd></div>
      <div><dt>Dag</dt><dd><Link href={dag_href(run.dag)}>{run.dag}</Link> <span className="dim">{run.dag_version}</span></dd></div>
      <div><dt>Trigger</dt><dd>{run.trigger}</dd></div>
      <div><dt>Created</dt><dd><Time iso={run.created} /></dd></div>
      <div><dt>Took</dt><dd>{duration_text(span_ms(run.started, is_over(run.state) ? run.finished : '', now))}</dd></div>
      {run.deadline ? <div><dt>Deadline</dt><dd><Time iso={run.deadline} /></dd></div> : null}
      {run.logical_time ? <div><dt>Logical time</dt><dd><Time iso={run.logical_time} /></dd></div> : null}
    </dl>
  );
}

const kLateWords = { predicted: 'It will be late', recovered: 'It is in time again', missed: 'It is late' };

function Notices({ run }: { run: RunDetail }) {
  return (
    <>
      {run.late ? (
        <p className="notice" data-late={run.late.state}>
          {kLateWords[run.late.state]}: foreseen to end <Time iso={run.late.predicted_end} />{run.late.why ? `, by ${run.late.why}` : ''} (since <Time iso={run.late.since} />)
        </p>
      ) : null}
      {run.pruned ? <p className="notice" data-pruned>Only this is kept of it since <Time iso={run.pruned} /> (keep_runs): its tasks, logs and outputs are gone.</p> : null}
    </>
  );
}

export function RunPage({ id, task }: { id: string; task: string }) {
  use_title(task ? `${task} · ${id}` : id);
  const loaded = use_get<RunDetail>(`/runs/${part(id)}`);
  const open = use_events(id, loaded.reload);
  const goes_on = loaded.data !== null && !is_over(loaded.data.state);
  const now = use_now(goes_on);
  use_every(5000, loaded.reload, goes_on);  // the reasons speak of time
  const choose = useCallback((one: string) => go(task_href(id, one)), [id]);
  return (
    <>
      <p className="trail"><Link href="/runs">Runs</Link> /</p>
      <div className="head"><h1>{id}</h1><LiveMark open={open} /></div>
      <Shown loaded={loaded}>
        {(run) => (
          <>
            <Facts run={run} now={now} />
            <Notices run={run} />
            <RunButtons run={run} done={loaded.reload} />
            <Graph tasks={run.tasks} chosen={task} open={choose} />
            {task ? <TaskPanel key={task} run={run} id={task} close={() => go(run_href(id))} /> : null}
            <h2>Tasks</h2>
            <TasksTable run={run} now={now} chosen={task} />
            <h2>Time</h2>
            <Gantt run={run} now={now} />
            {has_content(run.params) ? <><h2>Params</h2><Data of={run.params} /></> : null}
          </>
        )}
      </Shown>
    </>
  );
}
