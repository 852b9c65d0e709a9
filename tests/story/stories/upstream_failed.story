# A bad end is carried to everything downstream, at once; the other branches go on
dag
  tasks:
    a: { }
    b: { needs: [a] }
    c: { needs: [b] }
    d: { }
    e: { needs: [d] }
    f: { needs: [c, e] }
0s  start       a leased #1, d leased #1, why c: needs b
1s  a gives_up  a failed, b upstream_failed, c upstream_failed, f upstream_failed, why b: need a ended failed
2s  d succeeds  d succeeded, e leased #1
3s  e succeeds  e succeeded, run failed
