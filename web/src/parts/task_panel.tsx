// One task of a run: its attempts, why it is where it is, the config, the output, and the log of the chosen attempt.
import { useEffect, useLayoutEffect, useState } from 'react';
import { part } from '../lib/api';
import { duration_text, span_ms } from '../lib/format';
import { use_get } from '../lib/live';
import type { Attempt, RunDetail, Task } from '../lib/types';
import { Data, has_content, ProblemBox, Shown, State, Time } from './basics';
import { Checks, checks_text } from './checks';
import { Log } from './log';

function AttemptCard({ of }: { of: Attempt }) {
  return (
    <div className="attempt">
      <p><State of={of.state} /> on {of.worker || 'no worker yet'}, <Time iso={of.started} />, {duration_text(span_ms(of.started, of.finished, Date.now()))}</p>
      {of.error ? <ProblemBox problem={of.error} title={of.error.class ? `Failed (${of.error.class})` : 'Failed'} /> : null}
      {has_content(of.config) ? <details><summary>Config, after expressions</summary><Data of={of.config} /></details> : null}
      {has_content(of.usage) ? <details><summary>Resources used</summary><Data of={of.usage} /></details> : null}
    </div>
  );
}

function Attempts({ run, task }: { run: string; task: Task }) {
  const attempts = task.attempts ?? [];
  const last = attempts[attempts.length - 1];
  const [picked, set_picked] = useState(0);  // 0: the newest, also when a newer one comes
  const shown = attempts.find((one) => one.number === picked) ?? last;
  if (!shown) return <p className="dim">It has not been tried yet.</p>;
  return (
    <>
      <div className="row" role="group" aria-label="Attempts">
        {attempts.map((one) => (
          <button key={one.number} type="button" aria-pressed={one.number === shown.number} onClick={() => set_picked(one === last ? 0 : one.number)}>
            Attempt {one.number} <State of={one.state} />
          </button>
        ))}
      </div>
      <AttemptCard of={shown} />
      <h3>Log of attempt {shown.number}</h3>
      <Log key={`${task.id} ${shown.number}`} run={run} task={task.id} attempt={shown.number} />
    </>
  );
}

export function TaskPanel({ run, id, close }: { run: RunDetail; id: string; close: () => void }) {
  const loaded = use_get<Task>(`/runs/${part(run.id)}/tasks/${part(id)}`);
  const { reload } = loaded;
  const known = run.tasks.find((task) => task.id === id);
  useEffect(() => reload(), [reload, known?.state, known?.attempt, run.state]);  // the run's page hears the events
  useLayoutEffect(() => {  // before the panel is seen: who sees it may press Escape at once
    const leave = (event: KeyboardEvent) => { if (event.key === 'Escape' && !(event.target instanceof HTMLInputElement)) close(); };
    window.addEventListener('keydown', leave);
    return () => window.removeEventListener('keydown', leave);
  }, [close]);
  return (
    <section className="panel" aria-label={`Task ${id}`}>
      <div className="head"><h2>Task {id}</h2><button type="button" onClick={close}>Close</button></div>
      <Shown loaded={loaded}>
        {(task) => (
          <>
            <p><State of={task.state} /> <code>{task.uses}</code> {task.needs.length ? `needs ${task.needs.join(', ')}` : ''}</p>
            {task.why ? <p className="why"><strong>Why:</strong> {task.why}</p> : null}
            <Attempts run={run.id} task={task} />
            {task.snapshots.filter((one) => has_content(one.checks)).map((one) => (
              <details key={one.id}><summary>{one.dataset} #{one.id}: {checks_text(one.checks)}</summary><Checks of={one.checks} caption={`Checks of ${one.dataset}`} /></details>
            ))}
            {has_content(task.checkpoint ?? null) ? <details><summary>Checkpoint: the next attempt gets it</summary><Data of={task.checkpoint ?? null} /></details> : null}
            {has_content(task.output) ? <details><summary>Output</summary><Data of={task.output} /></details> : null}
          </>
        )}
      </Shown>
    </section>
  );
}
