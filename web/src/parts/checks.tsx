// The results of the checks of a snapshot, in words.
import { count_text } from '../lib/format';
import type { Json, JsonObject } from '../lib/types';
import { Data, Table } from './basics';

function is_object(json: Json): json is JsonObject {
  return json !== null && typeof json === 'object' && !Array.isArray(json);
}

function text(json: Json | undefined): string {
  return json === undefined || json === null ? '—' : typeof json === 'number' ? count_text(json) : typeof json === 'string' ? json : JSON.stringify(json);
}

export function Checks({ of, caption }: { of: Json; caption: string }) {
  if (!Array.isArray(of) || !of.every(is_object)) return <Data of={of} />;
  return (
    <Table caption={caption} head={['Check', 'Result', 'Observed', 'Rows against it', 'On failure']}>
      {of.map((one, at) => (
        <tr key={at}>
          <td><code>{text(one.check)}</code></td>
          <td>{one.success === true ? <span className="state good"><span aria-hidden="true">✓</span> passed</span> : <span className="state bad"><span aria-hidden="true">✕</span> failed</span>}</td>
          <td className="num">{text(one.observed)}</td>
          <td className="num">{text(one.unexpected_count)}</td>
          <td>{text(one.on_fail)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** For a closed list of details: how many passed. */
export function checks_text(of: Json): string {
  if (!Array.isArray(of)) return 'checks';
  const good = of.filter((one) => is_object(one) && one.success === true).length;
  return `${good} of ${of.length} checks passed`;
}
