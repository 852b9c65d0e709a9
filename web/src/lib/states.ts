// Each state belongs to one family; a family has a colour and a sign, and the name is always written too.
export type Family = 'good' | 'bad' | 'busy' | 'wait' | 'idle' | 'off';

const kFamilies: Record<string, Family> = {
  succeeded: 'good', connected: 'good',
  failed: 'bad', timed_out: 'bad', lost: 'bad', rejected: 'bad', upstream_failed: 'bad', gone: 'bad',
  running: 'busy', leased: 'busy', cancelling: 'busy',
  backoff: 'wait', asleep: 'wait', paused: 'wait', draining: 'wait',
  waiting: 'idle', ready: 'idle', queued: 'idle',
  cancelled: 'off', skipped: 'off',
};

const kSigns: Record<Family, string> = { good: '✓', bad: '✕', busy: '▶', wait: '⏸', idle: '○', off: '–' };

export function family(state: string): Family {
  return kFamilies[state] ?? 'idle';
}

export function sign(state: string): string {
  return kSigns[family(state)];
}

export function label(state: string): string {
  return state.replaceAll('_', ' ');
}

export const kRunStates = ['queued', 'running', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled'];
