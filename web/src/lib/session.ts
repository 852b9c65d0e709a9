// Who is logged in, for all parts of the page. On a server without --auth nobody is, and nobody has to be.
import { useSyncExternalStore } from 'react';

export interface Session {
  auth: boolean;         // the server wants to know who asks
  who: string | null;    // "user:ada", "token:ci"
  roles: string[];
  csrf: string | null;   // goes with every write
}

const kOpen: Session = { auth: false, who: null, roles: [], csrf: null };
const kNobody: Session = { auth: true, who: null, roles: [], csrf: null };

let current: Session = kOpen;
const listeners = new Set<() => void>();

export function set_session(session: Session): void {
  current = session;
  listeners.forEach((told) => told());
}

/** An answer has said that nobody is logged in. */
export function signed_out(): void {
  if (!current.auth || current.who) set_session(kNobody);
}

export function use_session(): Session {
  return useSyncExternalStore((told) => {
    listeners.add(told);
    return () => listeners.delete(told);
  }, () => current);
}

async function ask(): Promise<void> {
  try {
    const response = await fetch('/api/v1/session', { headers: { Accept: 'application/json' } });
    if (response.ok) set_session(await response.json() as Session);
    else if (response.status === 401) signed_out();
  } catch {
    // The server does not answer: whatever the page asks next says so.
  }
}

let asked: Promise<void> | null = null;

/** Resolves when it is known who is logged in. */
export function session_known(): Promise<void> {
  asked ??= ask();
  return asked;
}

export function csrf(): string {
  return current.csrf ?? '';
}
