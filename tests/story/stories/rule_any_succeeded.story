# any_succeeded starts with the first success and does not wait for the others
dag
  tasks:
    a: { }
    b: { }
    c: { needs: [a, b], rule: any_succeeded }
0s  start       a leased #1, b leased #1
1s  a gives_up  a failed, why c: needs b
2s  b succeeds  b succeeded, c leased #1
3s  c succeeds  c succeeded, run failed
