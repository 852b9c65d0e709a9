// When each task ran, as bars on the run's own time.
import { duration_text, is_over, span_ms } from '../lib/format';
import { Link } from '../lib/router';
import { family, label } from '../lib/states';
import type { RunDetail } from '../lib/types';
import { task_href } from './tasks_table';

export function Gantt({ run, now }: { run: RunDetail; now: number }) {
  const started = run.tasks.filter((task) => task.started);
  const from = Math.min(...[run.started || run.created, ...started.map((task) => task.started)].map((text) => Date.parse(text)).filter((at) => !Number.isNaN(at)));
  const ends = started.map((task) => Date.parse(task.started) + span_ms(task.started, task.finished, now));
  const to = Math.max(is_over(run.state) ? 0 : now, from + 1, ...ends);
  if (started.length === 0) return <p className="dim">No task has started yet.</p>;
  return (
    <ol className="gantt">
      {started.map((task) => {
        const span = span_ms(task.started, task.finished, now);
        const told = `${task.id}: ${label(task.state)}, began ${duration_text(Date.parse(task.started) - from)} after the run, took ${duration_text(span)}`;
        return (
          <li key={task.id}>
            <Link href={task_href(run.id, task.id)} title={told} aria-label={told}>
              <span className="name">{task.id}</span>
              <span className="lane"><span className={`fill ${family(task.state)}`} style={{ left: `${(100 * (Date.parse(task.started) - from)) / (to - from)}%`, width: `max(3px, ${(100 * span) / (to - from)}%)` }} /></span>
              <span className="took">{duration_text(span)}</span>
            </Link>
          </li>
        );
      })}
    </ol>
  );
}
