# What is over is not late any more
dag
  tasks:
    load: { }
    call: { phase: on_late }
0s  start          load leased #1
1s  load succeeds  load succeeded, call skipped, run succeeded
2s  is_late        nothing
