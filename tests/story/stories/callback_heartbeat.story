# A sign of life gives a callback its time again
dag
  tasks:
    outside: { uses: core.callback }
0s   start                       outside ready
1s   outside sleeps callback 9s  outside asleep
8s   outside again callback 9s   outside asleep
10s  tick                        nothing
17s  tick                        outside timed_out, run failed
