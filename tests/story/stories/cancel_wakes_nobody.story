# A cancel ends a sleep at once, and its timer says nothing afterwards
dag
  tasks:
    a: { uses: core.wait }
0s  start              a ready
1s  a sleeps time 10s  a asleep
2s  cancel             a cancelled, run cancelled
20s  tick              nothing
