import { useRef, useState } from 'react';
import { ApiError, part, post } from '../lib/api';
import { use_every, use_get, use_title } from '../lib/live';
import type { HeldBack, Json, JsonObject, List, Operator } from '../lib/types';
import { Data, Empty, Failure, has_content, ProblemBox, Shown, Table, Time } from '../parts/basics';

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

function Held({ of, release }: { of: HeldBack; release: (plugin: string) => void }) {
  return (
    <section className="problem" aria-label={`Plugin ${of.plugin} is held back`}>
      <strong>⚠ Plugin {of.plugin} is held back: nothing of it is started</strong>
      <p>Since <Time iso={of.since} />: {of.reason}</p>
      <p>What to do: mend or replace the plugin, then let it work again. Its tasks wait meanwhile, and lose nothing.</p>
      <p><button type="button" onClick={() => release(of.plugin)}>Release {of.plugin}</button></p>
    </section>
  );
}

export function PluginsPage() {
  use_title('Plugins');
  const loaded = use_get<List<Operator>>('/plugins');
  const [error, set_error] = useState<ApiError | null>(null);
  const [said, set_said] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  use_every(10_000, loaded.reload);  // a plugin is held back without an event
  const release = async (plugin: string) => {
    if (!window.confirm(`Release plugin ${plugin}? Its tasks that wait are started at once.`)) return;
    try {
      await post(`/plugins/${part(plugin)}/release`);
      set_error(null);
      set_said(`Plugin ${plugin} works again.`);
      heading.current?.focus();  // the button goes away
    } catch (failed) {
      set_error(failed as ApiError);
    }
    loaded.reload();
  };
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>Plugins</h1>
      <p>What a task can name in <code>uses:</code>.</p>
      <p role="status">{said}</p>
      <Failure error={error} />
      <Shown loaded={loaded}>
        {(list) => (
          <>
            {(list.held_back ?? []).map((one) => <Held key={one.plugin} of={one} release={(plugin) => void release(plugin)} />)}
            {(list.refused ?? []).map((problem) => <ProblemBox key={problem.where + problem.code} problem={problem} title="A plugin is refused" />)}
            {list.items.length ? list.items.map((one) => <OperatorCard key={one.type} of={one} />)
              : <Empty><p>No plugin is loaded. Give their folder by <code>--plugin-dir</code>; <code>millrace operators --help</code> tells how to list them.</p></Empty>}
          </>
        )}
      </Shown>
    </>
  );
}
