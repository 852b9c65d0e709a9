# A task that waits has a limit in total like any other
dag
  tasks:
    ok: { uses: core.approval, total_timeout: 10s }
0s   start               ok ready
1s   ok sleeps approval  ok asleep
10s  tick                ok timed_out, run failed, why ok: the whole task took longer than 10s
11s  ok answered         nothing
