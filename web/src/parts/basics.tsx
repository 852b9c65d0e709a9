// Small pieces that every page uses.
import type { ReactNode } from 'react';
import type { ApiError } from '../lib/api';
import { time_text } from '../lib/format';
import type { Loaded } from '../lib/live';
import { family, label, sign } from '../lib/states';
import type { Json, Problem } from '../lib/types';

export function State({ of }: { of: string }) {
  return <span className={`state ${family(of)}`} data-state={of}><span aria-hidden="true">{sign(of)}</span> {label(of)}</span>;
}

export function Time({ iso }: { iso: string }) {
  return iso ? <time dateTime={iso} title={`${iso} (UTC)`}>{time_text(iso)}</time> : <span className="dim">—</span>;
}

export function ProblemBox({ problem, title }: { problem: Problem; title?: string }) {
  return (
    <div className="problem" role="alert">
      <strong>{title ? `${title}: ` : ''}<code>{problem.code}</code> {problem.what}</strong>
      {problem.where ? <p className="where"><code>{problem.where}</code></p> : null}
      {problem.hint ? <p>What to do: {problem.hint}</p> : null}
    </div>
  );
}

export function Failure({ error }: { error: ApiError | null }) {
  return error ? <ProblemBox problem={error.problem} /> : null;
}

/** Shows the loading and error states of `loaded`, and its data by `children`. */
export function Shown<T>({ loaded, children }: { loaded: Loaded<T>; children: (data: T) => ReactNode }) {
  return (
    <>
      <Failure error={loaded.error} />
      {loaded.data ? children(loaded.data) : loaded.error ? null : <p className="dim" aria-busy="true">Loading …</p>}
    </>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>;
}

export function Data({ of }: { of: Json }) {
  return <pre className="data" tabIndex={0}>{JSON.stringify(of, null, 2)}</pre>;
}

export function has_content(json: Json): boolean {
  return json !== null && (typeof json !== 'object' || Object.keys(json).length > 0);
}

/** A table that scrolls by itself on narrow screens. */
export function Table({ caption, head, children }: { caption: string; head: string[]; children: ReactNode }) {
  return (
    <div className="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="hidden">{caption}</caption>
        <thead><tr>{head.map((text) => <th key={text} scope="col">{text}</th>)}</tr></thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function LiveMark({ open }: { open: boolean }) {
  return <span className={`live ${open ? 'on' : ''}`} role="status">{open ? '● live' : '○ connecting …'}</span>;
}
