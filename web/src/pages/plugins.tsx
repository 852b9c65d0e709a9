import { use_get, use_title } from '../lib/live';
import type { Json, JsonObject, List, Operator } from '../lib/types';
import { Data, Empty, has_content, ProblemBox, Shown, Table } from '../parts/basics';

function object(json: Json | undefined): JsonObject {
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? json : {};
}

function text(json: Json | undefined): string {
  return json === undefined || json === null ? '' : typeof json === 'string' ? json : JSON.stringify(json);
}

function type_text(schema: JsonObject): string {
  return schema.enum ? `one of ${text(schema.enum)}` : text(schema.type) || (schema.oneOf || schema.anyOf ? 'one of several shapes' : 'any');
}

function Keys({ schema, caption }: { schema: Json; caption: string }) {
  const keys = Object.entries(object(object(schema).properties));
  const must = object(schema).required;
  if (keys.length === 0) return <p className="dim">none</p>;
  return (
    <Table caption={caption} head={['Key', 'Type', 'Default', 'Meaning']}>
      {keys.map(([key, value]) => (
        <tr key={key}>
          <td><code>{key}</code>{Array.isArray(must) && must.includes(key) ? <strong> (required)</strong> : null}</td>
          <td>{type_text(object(value))}</td>
          <td>{text(object(value).default)}</td>
          <td>{text(object(value).description)}</td>
        </tr>
      ))}
    </Table>
  );
}

function OperatorCard({ of }: { of: Operator }) {
  return (
    <details className="card">
      <summary><strong>{of.type}</strong> <span className="dim">{of.plugin} {of.version}</span><br />{of.summary}</summary>
      <h3>Config (<code>with:</code>)</h3>
      <Keys schema={of.config_schema} caption={`Config of ${of.type}`} />
      <h3>Output</h3>
      <Keys schema={of.output_schema} caption={`Output of ${of.type}`} />
      {has_content(of.examples) ? <><h3>Examples</h3><Data of={of.examples} /></> : null}
    </details>
  );
}

export function PluginsPage() {
  use_title('Plugins');
  const loaded = use_get<List<Operator>>('/plugins');
  return (
    <>
      <h1>Plugins</h1>
      <p>What a task can name in <code>uses:</code>.</p>
      <Shown loaded={loaded}>
        {(list) => (
          <>
            {(list.refused ?? []).map((problem) => <ProblemBox key={problem.where + problem.code} problem={problem} title="A plugin is refused" />)}
            {list.items.length ? list.items.map((one) => <OperatorCard key={one.type} of={one} />)
              : <Empty><p>No plugin is loaded. Give their folder by <code>--plugin-dir</code>; <code>millrace operators --help</code> tells how to list them.</p></Empty>}
          </>
        )}
      </Shown>
    </>
  );
}
