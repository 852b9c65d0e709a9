// The frame of every page: the bar above, the page that the address names, and what catches our own mistakes.
import { Component, useEffect, type ReactNode } from 'react';
import { remove } from './lib/api';
import { Link, use_address } from './lib/router';
import { session_known, set_session, use_session, type Session } from './lib/session';
import { DagPage } from './pages/dag';
import { DagsPage } from './pages/dags';
import { DatasetPage } from './pages/dataset';
import { DatasetsPage } from './pages/datasets';
import { LogInPage } from './pages/login';
import { OverviewPage } from './pages/overview';
import { PluginsPage } from './pages/plugins';
import { RunPage } from './pages/run';
import { RunsPage } from './pages/runs';
import { WorkersPage } from './pages/workers';

const kPlaces = [['/', 'Overview'], ['/dags', 'Dags'], ['/runs', 'Runs'], ['/datasets', 'Datasets'], ['/workers', 'Workers'], ['/plugins', 'Plugins']] as const;

function page_of(path: string): ReactNode {
  const [what = '', name = '', tasks = '', task = ''] = path.split('/').slice(1).map((text) => decodeURIComponent(text));
  if (what === '') return <OverviewPage />;
  if (what === 'dags') return name ? <DagPage key={name} name={name} /> : <DagsPage />;
  if (what === 'runs' && !name) return <RunsPage />;
  if (what === 'runs') return <RunPage key={name} id={name} task={tasks === 'tasks' ? task : ''} />;
  if (what === 'datasets') return name ? <DatasetPage key={name} name={name} /> : <DatasetsPage />;
  if (what === 'workers') return <WorkersPage />;
  if (what === 'plugins') return <PluginsPage />;
  return <NoSuchPage />;
}

function NoSuchPage() {
  return <><h1>No such page</h1><p>The address names no page. <Link href="/">Go to the overview</Link>.</p></>;
}

// Whatever the server says to it: this page forgets who it was.
function LoggedIn({ who }: { who: string }) {
  const leave = () => void remove<Session>('/session').catch(() => null).then(() => set_session({ auth: true, who: null, roles: [], csrf: null }));
  return (
    <span className="who">
      <span className="hidden">logged in as </span>{who.replace(/^user:/, '')}
      <button type="button" onClick={leave}>Log out</button>
    </span>
  );
}

function Bar({ path }: { path: string }) {
  const { who } = use_session();
  return (
    <header className="bar">
      <Link href="/" className="brand">Millrace</Link>
      <nav aria-label="Pages">
        {kPlaces.map(([href, text]) => {
          const here = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
          return <Link key={href} href={href} aria-current={here ? 'page' : undefined}>{text}</Link>;
        })}
      </nav>
      {who ? <LoggedIn who={who} /> : null}
    </header>
  );
}

class Guard extends Component<{ children: ReactNode }, { mistake: string }> {
  override state = { mistake: '' };

  static getDerivedStateFromError(error: unknown) {
    return { mistake: String(error) };
  }

  override render() {
    if (!this.state.mistake) return this.props.children;
    return <div role="alert" className="problem"><strong>The page made a mistake.</strong><p>{this.state.mistake}</p><p>Reload it to go on.</p></div>;
  }
}

export function App() {
  const { pathname } = use_address();
  const session = use_session();
  useEffect(() => void session_known(), []);
  if (session.auth && !session.who) return <LogInPage />;
  return (
    <>
      <a className="skip" href="#main">Skip to the content</a>
      <Bar path={pathname} />
      <main id="main" tabIndex={-1}><Guard key={pathname}>{page_of(pathname)}</Guard></main>
    </>
  );
}
