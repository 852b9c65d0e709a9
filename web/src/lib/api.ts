// Calls of the REST interface; every failure is one ApiError with code, what and hint.
import { csrf, session_known, signed_out } from './session';
import type { Json, Problem } from './types';

export class ApiError extends Error {
  constructor(readonly problem: Problem, readonly status: number) {
    super(problem.what);
  }
}

function no_answer(path: string): ApiError {
  return new ApiError({ code: 'offline', what: 'the server does not answer', where: path, hint: 'is `millrace serve` running? the page tries again by itself' }, 0);
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw no_answer(path);
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  if (response.status === 401 && init.method !== 'POST') signed_out();
  const given = (body ?? {}) as Partial<Problem> & { title?: string };
  throw new ApiError({
    code: given.code ?? `HTTP ${response.status}`, what: given.what ?? given.title ?? 'the answer was not understood',
    where: given.where ?? path, hint: given.hint ?? '',
  }, response.status);
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call<T>(path, { signal, headers: { Accept: 'application/json' } });
}

// The token of the session is what no other site's page can send.
async function write<T>(method: string, path: string, body: Json): Promise<T> {
  await session_known();
  return call<T>(path, { method, headers: { 'Content-Type': 'application/json', ...(csrf() ? { 'X-Csrf-Token': csrf() } : {}) }, body: JSON.stringify(body) });
}

export function post<T>(path: string, body: Json = {}): Promise<T> {
  return write<T>('POST', path, body);
}

export function remove<T>(path: string): Promise<T> {
  return write<T>('DELETE', path, {});
}

export const part = encodeURIComponent;

/** An id that makes a repeated start harmless. */
export function request_id(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
