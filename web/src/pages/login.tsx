// The way in, on a server with --auth: by name and password, or by a service token.
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { ApiError, post } from '../lib/api';
import { use_title } from '../lib/live';
import { set_session, type Session } from '../lib/session';
import { Failure } from '../parts/basics';

export function LogInPage() {
  const [by_token, set_by_token] = useState(false);
  const [busy, set_busy] = useState(false);
  const [error, set_error] = useState<ApiError | null>(null);
  const first = useRef<HTMLInputElement>(null);
  use_title('Log in');
  useEffect(() => first.current?.focus(), [by_token]);
  const enter = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '');
    set_busy(true);
    set_error(null);
    try {
      set_session(await post<Session>('/session', by_token ? { token: text('token').trim() } : { user: text('user'), password: text('password') }));
    } catch (failed) {
      if (failed instanceof ApiError) set_error(failed);
      set_busy(false);
    }
  };
  return (
    <main id="main" className="login" tabIndex={-1}>
      <h1>Log in to Millrace</h1>
      <form className="card" onSubmit={(event) => void enter(event)} aria-label="Log in">
        {by_token ? (
          <div className="field">
            <label htmlFor="token">Token</label>
            <input ref={first} id="token" name="token" type="password" autoComplete="off" required aria-describedby="token-hint" />
            <span id="token-hint" className="dim">the one that the first start printed, or one of <code>millrace tokens create</code></span>
          </div>
        ) : (
          <>
            <div className="field">
              <label htmlFor="user">Name</label>
              <input ref={first} id="user" name="user" autoComplete="username" autoCapitalize="none" spellCheck={false} required />
            </div>
            <div className="field">
              <label htmlFor="password">Password</label>
              <input id="password" name="password" type="password" autoComplete="current-password" required />
            </div>
          </>
        )}
        <Failure error={error} />
        <div className="row">
          <button type="submit" className="main" disabled={busy}>{busy ? 'Looking …' : 'Log in'}</button>
          <button type="button" onClick={() => { set_by_token(!by_token); set_error(null); }}>{by_token ? 'Use a name and password' : 'Use a token'}</button>
        </div>
      </form>
    </main>
  );
}
