# A cancel is no failure
dag
  tasks:
    load: {}
    alarm: { phase: on_failure }
0s  start         load leased #1
1s  cancel        run cancelling, stop load #1
2s  load stopped  load cancelled, alarm skipped, run cancelled
