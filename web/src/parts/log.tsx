// The live log of one attempt: search, levels, follow. Only the newest lines are kept on the page.
import { useEffect, useMemo, useRef, useState } from 'react';
import { part } from '../lib/api';
import { time_text } from '../lib/format';
import type { LogLine } from '../lib/types';

const kMost = 5000;
const kAgain = 1500;

interface Text { lines: LogLine[]; status: 'open' | 'waiting' | 'ended' }

function use_log(path: string): Text {
  const [text, set_text] = useState<Text>({ lines: [], status: 'waiting' });
  useEffect(() => {
    let source: EventSource | null = null;
    let next = 0, timer = 0, flush = 0;
    let fresh: LogLine[] = [];
    const show = () => {
      flush = 0;
      const batch = fresh;
      fresh = [];
      set_text((old) => ({ ...old, lines: [...old.lines, ...batch].slice(-kMost) }));
    };
    const status = (now: Text['status']) => set_text((old) => ({ ...old, status: now }));
    const connect = () => {
      // The browser's own reconnect would ask for the first line again: each connection names its first line instead.
      source = new EventSource(`${path}?from=${next}`);
      source.onopen = () => status('open');
      source.addEventListener('line', (event: MessageEvent<string>) => {
        const line = JSON.parse(event.data) as LogLine;
        if (line.index < next) return;
        next = line.index + 1;
        fresh.push(line);
        if (!flush) flush = window.setTimeout(show, 50);
      });
      source.addEventListener('end', () => { source?.close(); status('ended'); });
      source.onerror = () => {
        source?.close();
        status('waiting');
        timer = window.setTimeout(connect, kAgain);
      };
    };
    connect();
    return () => {
      source?.close();
      window.clearTimeout(timer);
      window.clearTimeout(flush);
    };
  }, [path]);
  return text;
}

const kStatus = { open: 'following', waiting: 'connecting …', ended: 'complete' };

function short_time(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? '' : at.toLocaleTimeString();
}

function Line({ line }: { line: LogLine }) {
  return (
    <li className={line.level}>
      <time dateTime={line.time} title={`${line.time} (UTC), ${time_text(line.time)}`}>{short_time(line.time)}</time>
      <span className="level">{line.level}</span>
      <span className="text">{line.text}</span>
    </li>
  );
}

export function Log({ run, task, attempt }: { run: string; task: string; attempt: number }) {
  const { lines, status } = use_log(`/api/v1/runs/${part(run)}/tasks/${part(task)}/attempts/${attempt}/log/stream`);
  const [wanted, set_wanted] = useState('');
  const [follow, set_follow] = useState(true);
  const box = useRef<HTMLOListElement>(null);
  const shown = useMemo(() => {
    const low = wanted.toLowerCase();
    return low ? lines.filter((line) => line.text.toLowerCase().includes(low) || line.level === low) : lines;
  }, [lines, wanted]);
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown, follow]);
  const to_error = () => {
    set_follow(false);
    box.current?.querySelector('li.error')?.scrollIntoView({ block: 'center' });
  };
  return (
    <div className="log">
      <div className="row">
        <label>Search <input type="search" value={wanted} onChange={(event) => set_wanted(event.target.value)} placeholder="text or level" /></label>
        <label><input type="checkbox" checked={follow} onChange={(event) => set_follow(event.target.checked)} /> follow</label>
        {lines.some((line) => line.level === 'error') ? <button type="button" onClick={to_error}>First error</button> : null}
        <span className="dim" role="status">{shown.length} of {lines.length} lines, {kStatus[status]}</span>
      </div>
      <ol ref={box} tabIndex={0} aria-label="Log lines" hidden={lines.length === 0}>
        {shown.map((line) => <Line key={line.index} line={line} />)}
      </ol>
      {lines.length === 0 ? <p className="dim">{status === 'ended' ? 'It wrote nothing.' : 'No line yet.'}</p> : null}
      {lines.length === kMost ? <p className="dim">Only the last {kMost} lines are shown; <code>millrace logs {run} {task}</code> prints all.</p> : null}
    </div>
  );
}
