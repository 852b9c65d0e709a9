# none_skipped takes failures and refuses skips, at once
dag
  tasks:
    a: { }
    b: { }
    c: { needs: [a, b], rule: none_skipped }
    d: { needs: [b], rule: none_skipped }
0s  start       a leased #1, b leased #1
1s  a skips     a skipped, c skipped
2s  b gives_up  b failed, d leased #1
3s  d succeeds  d succeeded, run failed
