import { useState } from 'react';
import { ApiError, part, post } from '../lib/api';
import { use_events, use_every, use_get, use_title } from '../lib/live';
import type { List, Worker } from '../lib/types';
import { Empty, Failure, Shown, State, Table, Time } from '../parts/basics';

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
            <Table caption="Workers" head={['Worker', 'State', 'Busy', 'Labels', 'Version', 'Last seen', 'Do']}>
              {list.items.map((worker) => (
                <tr key={worker.name}>
                  <td><strong>{worker.name}</strong></td>
                  <td><State of={worker.state} /></td>
                  <td><meter min={0} max={Math.max(1, worker.slots)} value={worker.busy} aria-label={`busy slots of ${worker.name}`} /> {worker.busy} of {worker.slots} slots</td>
                  <td>{worker.labels.join(', ') || <span className="dim">—</span>}</td>
                  <td>{worker.version}</td>
                  <td><Time iso={worker.seen} /></td>
                  <td>{worker.state === 'connected' ? <button type="button" onClick={() => void drain(worker.name)}>Drain</button> : null}</td>
                </tr>
              ))}
            </Table>
          )}
      </Shown>
    </>
  );
}
