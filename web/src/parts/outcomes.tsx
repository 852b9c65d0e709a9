// The last runs of a Dag as bars: oldest left; height by duration, colour by state, the state in the name of each link.
import { duration_text, span_ms, time_text } from '../lib/format';
import { Link } from '../lib/router';
import { family, label, sign } from '../lib/states';
import type { Run } from '../lib/types';
import { run_href } from './runs_table';

export function Outcomes({ runs, now }: { runs: Run[]; now: number }) {
  if (runs.length === 0) return <span className="dim">no run yet</span>;
  const shown = [...runs].sort((a, b) => a.created.localeCompare(b.created)).slice(-20);
  const spans = shown.map((run) => span_ms(run.started, run.finished, now) || 0);
  const longest = Math.max(1, ...spans);
  return (
    <span className="outcomes">
      {shown.map((run, at) => {
        const told = `${label(run.state)}, ${time_text(run.created)}, ${duration_text(spans[at] ?? 0)}`;
        return (
          <Link key={run.id} href={run_href(run.id)} className={`outcome ${family(run.state)}`} title={told} aria-label={told}>
            <span aria-hidden="true" className="mark">{sign(run.state)}</span>
            <span aria-hidden="true" className="fill" style={{ height: `${4 + 20 * ((spans[at] ?? 0) / longest)}px` }} />
          </Link>
        );
      })}
    </span>
  );
}
