# A finally hook runs after a run timeout too
dag
  timeout: 10s
  tasks:
    load: {}
    sweep: { phase: finally }
0s   start           load leased #1
10s  tick            run cancelling, stop load #1
11s  load stopped    load cancelled, sweep leased #1
12s  sweep succeeds  sweep succeeded, run failed
