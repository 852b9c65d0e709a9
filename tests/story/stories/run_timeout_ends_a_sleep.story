# A run out of time ends what sleeps
dag
  timeout: 30s
  tasks:
    a: { uses: core.callback }
0s  start              a ready
1s  a sleeps callback  a asleep
30s  tick              a cancelled, run failed
