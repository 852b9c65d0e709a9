// Data that keeps itself fresh: fetched on mount, again on events of the server, and on reconnect.
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, get } from './api';

export interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  reload: () => void;
}

const kSettle = 120;   // events within this time cause one fetch
const kAgain = 2000;   // after a failed fetch

/** Fetches `path`; the old data stay on the screen while a fetch goes on or fails. */
export function use_get<T>(path: string): Loaded<T> {
  const [state, set_state] = useState<{ path: string; data: T | null; error: ApiError | null }>({ path, data: null, error: null });
  const [turn, set_turn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    let again = 0;
    get<T>(path, stop.signal).then(
      (data) => { if (!stop.signal.aborted) set_state({ path, data, error: null }); },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const told = error instanceof ApiError ? error : new ApiError({ code: 'page', what: String(error), where: path, hint: 'reload the page' }, 0);
        set_state((old) => ({ path, data: old.path === path ? old.data : null, error: told }));
        if (told.status === 0) again = window.setTimeout(() => set_turn((n) => n + 1), kAgain);
      },
    );
    return () => {
      stop.abort();
      window.clearTimeout(again);
    };
  }, [path, turn]);
  const reload = useCallback(() => set_turn((n) => n + 1), []);
  const current = state.path === path;
  return { data: current ? state.data : null, error: current ? state.error : null, reload };
}

/** Calls `changed` (settled) on each change of `run`, or of any run when empty. True while the stream is open. */
export function use_events(run: string, changed: () => void, wanted = true): boolean {
  const [open, set_open] = useState(false);
  const call = useRef(changed);
  useEffect(() => { call.current = changed; }, [changed]);
  useEffect(() => {
    if (!wanted) return undefined;
    let timer = 0, retry = 0;
    let source: EventSource | null = null;
    const poke = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => call.current(), kSettle);
    };
    const connect = () => {
      source = new EventSource(`/api/v1/events${run ? `?run=${encodeURIComponent(run)}` : ''}`);
      source.onopen = () => { set_open(true); poke(); };
      source.onerror = () => {
        set_open(false);
        if (source?.readyState === EventSource.CLOSED) retry = window.setTimeout(connect, kAgain);
      };
      source.addEventListener('run', poke);
      source.addEventListener('task', poke);
    };
    connect();
    return () => {
      window.clearTimeout(timer);
      window.clearTimeout(retry);
      source?.close();
      set_open(false);
    };
  }, [run, wanted]);
  return open;
}

/** Calls `call` every few seconds while `wanted`: for what changes without an event. */
export function use_every(ms: number, call: () => void, wanted = true): void {
  useEffect(() => {
    if (!wanted) return undefined;
    const timer = window.setInterval(call, ms);
    return () => window.clearInterval(timer);
  }, [ms, call, wanted]);
}

/** The time, moving once a second while `moving`. */
export function use_now(moving: boolean): number {
  const [now, set_now] = useState(() => Date.now());
  useEffect(() => {
    if (!moving) return undefined;
    const timer = window.setInterval(() => set_now(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, [moving]);
  return now;
}

export function use_title(title: string): void {
  useEffect(() => { document.title = title ? `${title} · Millrace` : 'Millrace'; }, [title]);
}
