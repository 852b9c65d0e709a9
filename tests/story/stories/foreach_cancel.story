# A cancel stops the items, and their task ends when the last of them has
dag
  tasks:
    load: { foreach: list, max_parallel: 2 }
0s  start             load ready
1s  load items 4      load asleep, load[0] leased #1, load[1] leased #1
2s  cancel            run cancelling, stop load[0] #1, stop load[1] #1, why load: stop
3s  load[0] stopped   load[0] cancelled
4s  load[1] succeeds  load[1] succeeded, load cancelled, run cancelled
