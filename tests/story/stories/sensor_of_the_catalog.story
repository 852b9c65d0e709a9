# What the scheduler can see itself needs no attempt
dag
  tasks:
    fresh: { uses: core.sensor }
0s   start                  fresh ready
1s   fresh sleeps poll 10s  fresh asleep
11s  tick                   fresh ready
12s  fresh done             fresh succeeded, run succeeded
