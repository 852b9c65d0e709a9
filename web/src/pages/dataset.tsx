import { bytes_text, count_text } from '../lib/format';
import { use_events, use_get, use_title } from '../lib/live';
import { part } from '../lib/api';
import { Link } from '../lib/router';
import type { DatasetDetail, Snapshot } from '../lib/types';
import { Data, has_content, Shown, Table, Time } from '../parts/basics';
import { Checks, checks_text } from '../parts/checks';
import { run_href } from '../parts/runs_table';
import { rows_text } from '../parts/tasks_table';

function History({ snapshots }: { snapshots: Snapshot[] }) {
  return (
    <Table caption="Snapshots, newest first" head={['Snapshot', 'When', 'Did', 'Rows', 'Size', 'By', 'Checks', 'Rows of this change']}>
      {snapshots.map((one) => (
        <tr key={one.id}>
          <td className="num">{one.id}</td>
          <td><Time iso={one.time} /></td>
          <td>{one.operation}</td>
          <td className="num">{count_text(one.rows)}</td>
          <td className="num">{bytes_text(one.bytes)}</td>
          <td><Link href={`${run_href(one.run)}/tasks/${part(one.task)}`}>{one.task}</Link></td>
          <td>{has_content(one.checks) ? <details><summary>{checks_text(one.checks)}</summary><Checks of={one.checks} caption={`Checks of snapshot ${one.id}`} /></details> : <span className="dim">none</span>}</td>
          <td>{has_content(one.summary) ? rows_text(one.summary) || <Data of={one.summary} /> : <span className="dim">—</span>}</td>
        </tr>
      ))}
    </Table>
  );
}

export function DatasetPage({ name }: { name: string }) {
  use_title(name);
  const loaded = use_get<DatasetDetail>(`/datasets/${part(name)}`);
  use_events('', loaded.reload);
  return (
    <>
      <p className="trail"><Link href="/datasets">Datasets</Link> /</p>
      <h1>{name}</h1>
      <Shown loaded={loaded}>
        {(data) => (
          <>
            <p>{count_text(data.rows)} rows, {bytes_text(data.bytes)}, snapshot {data.snapshot}, changed <Time iso={data.changed} /></p>
            <h2>Columns</h2>
            <Table caption="Columns" head={['Column', 'Type', 'Empty values']}>
              {data.columns.map((column) => <tr key={column.name}><td><code>{column.name}</code></td><td>{column.type}</td><td>{column.nullable ? 'allowed' : 'not allowed'}</td></tr>)}
            </Table>
            <h2>History</h2>
            <History snapshots={data.history} />
            <h2>Files of the current snapshot</h2>
            <Table caption="Files" head={['File', 'Rows', 'Size']}>
              {data.files.map((file) => <tr key={file.path}><td><code>{file.path}</code></td><td className="num">{count_text(file.rows)}</td><td className="num">{bytes_text(file.bytes)}</td></tr>)}
            </Table>
          </>
        )}
      </Shown>
    </>
  );
}
