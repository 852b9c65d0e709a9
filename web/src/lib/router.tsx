// A small history router: the address bar is the only state.
import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from 'react';

const kMoved = 'millrace:moved';

function subscribe(changed: () => void): () => void {
  window.addEventListener('popstate', changed);
  window.addEventListener(kMoved, changed);
  return () => {
    window.removeEventListener('popstate', changed);
    window.removeEventListener(kMoved, changed);
  };
}

export function use_address(): URL {
  const href = useSyncExternalStore(subscribe, () => window.location.href);
  return new URL(href);
}

export function go(to: string, replace = false): void {
  window.history[replace ? 'replaceState' : 'pushState'](null, '', to);
  window.dispatchEvent(new Event(kMoved));
}

/** Sets one key of the query; an empty value takes it away. */
export function set_query(key: string, value: string): void {
  const url = new URL(window.location.href);
  if (value) url.searchParams.set(key, value);
  else url.searchParams.delete(key);
  go(url.pathname + url.search, true);
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

export function Link({ href, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
    window.scrollTo(0, 0);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
