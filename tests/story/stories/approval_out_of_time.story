# Nobody answered in time
dag
  tasks:
    ask: { uses: core.approval }
0s  start                   ask ready
1s  ask sleeps approval 5s  ask asleep
6s  tick                    ask timed_out, run failed, why ask: did not come in time
7s  ask answered            nothing
