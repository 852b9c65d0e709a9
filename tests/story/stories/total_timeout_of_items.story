# A foreach task out of time stops its items at once
dag
  tasks:
    load: { foreach: list, max_parallel: 1, total_timeout: 10s }
0s   start             load ready
1s   load items 3      load[0] leased #1
10s  tick              stop load[0] #1, load[0] cancelled, load timed_out, run failed
11s  load[0] succeeds  refused load[0] #1
