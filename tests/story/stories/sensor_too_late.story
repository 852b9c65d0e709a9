# A look after the deadline ends the task timed_out
dag
  tasks:
    fresh: { uses: core.sensor }
0s   start                  fresh ready
1s   fresh sleeps poll 10s  fresh asleep
11s  fresh late             fresh timed_out, run failed, why fresh: did not come in time
