// What can be done to a run now; each asks first and says what it will do.
import { useState } from 'react';
import { ApiError, part, post } from '../lib/api';
import { is_over } from '../lib/format';
import type { RunDetail } from '../lib/types';
import { Failure } from './basics';

interface Verb { name: string; text: string; ask: string }

function broken(run: RunDetail): string[] {
  return run.tasks.filter((task) => !['succeeded', 'skipped'].includes(task.state)).map((task) => task.id);
}

function verbs_of(run: RunDetail): Verb[] {
  const again = broken(run);
  const cancel = { name: 'cancel', text: 'Cancel', ask: `Cancel ${run.id}? Running tasks are told to stop.` };
  if (run.state === 'failed' || run.state === 'cancelled') {
    return [{ name: 'retry', text: 'Retry', ask: `Retry ${run.id}? These tasks run again: ${again.slice(0, 12).join(', ')}${again.length > 12 ? ` and ${again.length - 12} more` : ''}. What succeeded stays.` }];
  }
  if (is_over(run.state) || run.state === 'cancelling') return [];
  if (run.state === 'paused') return [{ name: 'resume', text: 'Resume', ask: `Resume ${run.id}?` }, cancel];
  return [{ name: 'pause', text: 'Pause', ask: `Pause ${run.id}? Running tasks end; no new one starts.` }, cancel];
}

export function RunButtons({ run, done }: { run: RunDetail; done: () => void }) {
  const [error, set_error] = useState<ApiError | null>(null);
  const [busy, set_busy] = useState(false);
  const act = async (verb: Verb) => {
    if (!window.confirm(verb.ask)) return;
    set_busy(true);
    await post(`/runs/${part(run.id)}/${verb.name}`, verb.name === 'cancel' ? { reason: 'asked for on the page' } : {})
      .then(() => set_error(null), (failed: ApiError) => set_error(failed));
    set_busy(false);
    done();
  };
  return (
    <>
      <div className="row buttons">
        {verbs_of(run).map((verb) => <button key={verb.name} type="button" disabled={busy} onClick={() => void act(verb)}>{verb.text}</button>)}
      </div>
      <Failure error={error} />
    </>
  );
}
