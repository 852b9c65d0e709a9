import { use_events, use_get, use_title } from '../lib/live';
import { bytes_text, count_text } from '../lib/format';
import { Link } from '../lib/router';
import type { Dataset, List } from '../lib/types';
import { Empty, Shown, Table, Time } from '../parts/basics';

export function dataset_href(name: string): string {
  return `/datasets/${encodeURIComponent(name)}`;
}

export function DatasetsPage() {
  use_title('Datasets');
  const loaded = use_get<List<Dataset>>('/datasets?limit=1000');
  use_events('', loaded.reload);
  return (
    <>
      <h1>Datasets</h1>
      <Shown loaded={loaded}>
        {(list) => list.items.length === 0
          ? <Empty><p>No task has published a dataset yet. A task does so by <code>into:</code>, for example with <code>uses: ingest.files</code>.</p></Empty>
          : (
            <Table caption="Datasets" head={['Dataset', 'Rows', 'Size', 'Columns', 'Snapshot', 'Changed']}>
              {list.items.map((one) => (
                <tr key={one.name}>
                  <td><Link href={dataset_href(one.name)}><strong>{one.name}</strong></Link></td>
                  <td className="num">{count_text(one.rows)}</td>
                  <td className="num">{bytes_text(one.bytes)}</td>
                  <td className="num">{one.columns.length}</td>
                  <td className="num">{one.snapshot}</td>
                  <td><Time iso={one.changed} /></td>
                </tr>
              ))}
            </Table>
          )}
      </Shown>
    </>
  );
}
