import { useState } from 'react';
import { ApiError, part, post } from '../lib/api';
import { bytes_text, clock_text, count_text } from '../lib/format';
import { use_events, use_every, use_get, use_title } from '../lib/live';
import type { List, Worker } from '../lib/types';
import { Empty, Failure, ProblemBox, Shown, State, Table, Time } from '../parts/basics';

interface Share {
  name: string;
  used: number;
  has: number;
  text: (amount: number) => string;
}

/** What tasks can take a share of; what a worker has not said of itself has no end, and is not shown. */
function shares_of(worker: Worker): Share[] {
  const named = Object.entries(worker.has.resources).map(([name, has]) => ({ name, has, used: worker.used.resources[name] ?? 0, text: count_text }));
  return [
    { name: 'cpu', has: worker.has.cpu, used: worker.used.cpu, text: count_text },
    { name: 'memory', has: worker.has.memory_bytes, used: worker.used.memory_bytes, text: bytes_text },
    ...named,
  ].filter((share) => share.has > 0);
}

function Shares({ of }: { of: Worker }) {
  const shares = shares_of(of);
  if (shares.length === 0) return <span className="dim">—</span>;
  return (
    <ul className="shares">
      {shares.map((share) => (
        <li key={share.name}>
          <span>{share.name}</span>
          <meter min={0} max={share.has} value={Math.min(share.used, share.has)} aria-label={`${share.name} of ${of.name} that is taken`} />
          <span>{share.text(share.used)} of {share.text(share.has)}</span>
        </li>
      ))}
    </ul>
  );
}

export function WorkersPage() {
  use_title('Workers');
  const loaded = use_get<List<Worker>>('/workers');
  const [error, set_error] = useState<ApiError | null>(null);
  use_events('', loaded.reload);
  use_every(5000, loaded.reload);  // workers come and go without an event
  const drain = async (name: string) => {
    if (!window.confirm(`Drain worker ${name}? It ends its tasks and takes no new ones.`)) return;
    await post(`/workers/${part(name)}/drain`).then(() => set_error(null), (failed: ApiError) => set_error(failed));
    loaded.reload();
  };
  return (
    <>
      <h1>Workers</h1>
      <Failure error={error} />
      <Shown loaded={loaded}>
        {(list) => list.items.length === 0
          ? <Empty><p>No worker is known. Start one: <code>millrace worker --help</code>, or serve with <code>--workers 1</code>.</p></Empty>
          : (
            <>
              {list.items.map((worker) => worker.problem ? <ProblemBox key={worker.name} title={`Worker ${worker.name}`} problem={worker.problem} /> : null)}
              <Table caption="Workers" head={['Worker', 'State', 'Slots', 'Taken', 'Clock', 'Last seen']}>
                {list.items.map((worker) => (
                  <tr key={worker.name} data-worker={worker.name}>
                    <td><strong>{worker.name}</strong><br /><span className="dim line">{worker.version}, protocol {worker.protocol}</span>{worker.labels.length ? <><br />{worker.labels.join(', ')}</> : null}</td>
                    <td className="line"><State of={worker.state} /> {worker.state === 'connected' ? <button type="button" onClick={() => void drain(worker.name)} aria-label={`Drain ${worker.name}`}>Drain</button> : null}</td>
                    <td className="line"><meter min={0} max={Math.max(1, worker.slots)} value={worker.busy} aria-label={`busy slots of ${worker.name}`} /> {worker.busy} of {worker.slots} busy</td>
                    <td><Shares of={worker} /></td>
                    <td className="line">{worker.clock_ahead_ms === 0 ? <span className="dim">as here</span> : <strong>⚠ {clock_text(worker.clock_ahead_ms)}</strong>}</td>
                    <td><Time iso={worker.seen} /></td>
                  </tr>
                ))}
              </Table>
            </>
          )}
      </Shown>
    </>
  );
}
