# An item that its operator skips has ended, and is no failure
dag
  tasks:
    load: { foreach: list, max_parallel: 2 }
0s  start             load ready
1s  load items 2      load asleep
2s  load[0] skips     load[0] skipped
3s  load[1] succeeds  load[1] succeeded, load succeeded, run succeeded
