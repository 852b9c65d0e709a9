# An attempt out of time is stopped, and tried again when the policy says so; its late report is refused
dag
  tasks:
    load: { timeout: 10s, retry: { attempts: 2, delay: 1s } }
0s   start            load leased #1
2s   load confirmed   load running #1
11s  tick             nothing
12s  tick             stop load #1, load backoff
13s  tick             load leased #2
14s  load#1 succeeds  refused load #1
15s  load confirmed   load running #2
24s  tick             nothing
25s  tick             stop load #2, load timed_out, run failed
