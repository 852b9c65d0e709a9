// Texts for people: times in the viewer's zone, durations, counts.
const kTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const kCount = new Intl.NumberFormat();

export function time_text(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? '—' : kTime.format(at);
}

export function count_text(value: number): string {
  return kCount.format(value);
}

export function bytes_text(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  for (; bytes >= 1024 && at < units.length - 1; at += 1) bytes /= 1024;
  return `${at === 0 ? bytes : bytes.toFixed(1)} ${units[at]}`;
}

export function duration_text(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '—';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How far a clock is off: "23 h 59 min ahead". */
export function clock_text(ahead_ms: number): string {
  return `${duration_text(Math.abs(ahead_ms))} ${ahead_ms > 0 ? 'ahead' : 'behind'}`;
}

/** From started to finished, or to now while it goes on; NaN when it has not started. */
export function span_ms(started: string, finished: string, now: number): number {
  const from = Date.parse(started);
  if (Number.isNaN(from)) return Number.NaN;
  const to = Date.parse(finished);
  return Math.max(0, (Number.isNaN(to) ? now : to) - from);
}

export function is_over(run_state: string): boolean {
  return run_state === 'succeeded' || run_state === 'failed' || run_state === 'cancelled';
}
