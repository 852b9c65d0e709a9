// A form made from the params' schema of a Dag. Only what differs from the defaults is sent.
import { useState, type FormEvent } from 'react';
import { ApiError, part, post, request_id } from '../lib/api';
import { go } from '../lib/router';
import type { Dag, Json, JsonObject, ParamSchema, Run } from '../lib/types';
import { Failure } from './basics';
import { run_href } from './runs_table';

function text_of(value: Json | undefined): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value that a field's text means; throws with a reason for people. */
function value_of(text: string, schema: ParamSchema): Json {
  if (schema.type === 'integer' || schema.type === 'number') {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value)) throw new Error('must be a number');
    return value;
  }
  if (schema.type === 'boolean') return text === 'true';
  if (schema.type === 'array' || schema.type === 'object') return JSON.parse(text) as Json;
  if (schema.enum) return schema.enum.find((one) => text_of(one) === text) ?? text;
  return text;
}

function collect(params: Record<string, ParamSchema>, texts: Record<string, string>): JsonObject {
  const values: JsonObject = {};
  for (const [name, schema] of Object.entries(params)) {
    const text = texts[name] ?? '', usual = text_of(schema.default);
    if (text === usual || (text === '' && schema.default === undefined && schema.type !== 'string')) continue;
    try {
      values[name] = value_of(text, schema);
    } catch (error) {
      throw new ApiError({ code: 'form', what: `param '${name}' does not fit its type ${schema.type}`, where: '', hint: `correct the field: ${error instanceof Error ? error.message : String(error)}` }, 0);
    }
  }
  return values;
}

function input_type(schema: ParamSchema): string {
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  return schema.format === 'date' ? 'date' : 'text';
}

function Field({ name, schema, text, change }: { name: string; schema: ParamSchema; text: string; change: (text: string) => void }) {
  const choices = schema.enum ? schema.enum.map(text_of) : schema.type === 'boolean' ? ['false', 'true'] : null;
  const id = `param-${name}`, hint = `${id}-hint`;
  const told = [schema.description, schema.type, schema.format].filter(Boolean).join(' · ');
  return (
    <div className="field">
      <label htmlFor={id}>{name}</label>
      {choices
        ? <select id={id} name={name} value={text} aria-describedby={hint} onChange={(event) => change(event.target.value)}>{choices.includes(text) ? null : <option value={text}>{text || 'choose'}</option>}{choices.map((one) => <option key={one}>{one}</option>)}</select>
        : <input id={id} name={name} value={text} type={input_type(schema)} step={schema.type === 'integer' ? 1 : 'any'} min={schema.minimum} max={schema.maximum} pattern={schema.pattern} aria-describedby={hint} required={schema.default === undefined && schema.type !== 'string'} onChange={(event) => change(event.target.value)} />}
      <span id={hint} className="dim">{told}</span>
    </div>
  );
}

export function StartForm({ dag }: { dag: Dag }) {
  const fields = Object.entries(dag.params);
  const [texts, set_texts] = useState(() => Object.fromEntries(fields.map(([name, schema]) => [name, text_of(schema.default)])));
  const [id, set_id] = useState(request_id);  // kept over a failed try, so that a repeat starts nothing twice
  const [busy, set_busy] = useState(false);
  const [error, set_error] = useState<ApiError | null>(null);
  const start = async (event: FormEvent) => {
    event.preventDefault();
    set_busy(true);
    try {
      const run = await post<Run>(`/dags/${part(dag.name)}/runs`, { params: collect(dag.params, texts), request_id: id, trigger: 'page' });
      go(run_href(run.id));
    } catch (failed) {
      if (failed instanceof ApiError) {
        set_error(failed);
        if (failed.status !== 0) set_id(request_id());
      }
    } finally {
      set_busy(false);
    }
  };
  return (
    <form className="start" onSubmit={(event) => void start(event)} aria-label={`Start ${dag.name}`}>
      {fields.length === 0 ? <p className="dim">This Dag takes no params.</p> : fields.map(([name, schema]) => (
        <Field key={name} name={name} schema={schema} text={texts[name] ?? ''} change={(text) => set_texts((old) => ({ ...old, [name]: text }))} />
      ))}
      <Failure error={error} />
      <button type="submit" className="main" disabled={busy}>{busy ? 'Starting …' : 'Start a run'}</button>
    </form>
  );
}
