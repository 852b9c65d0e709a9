# Everything was done when the cancel arrived: done is done
dag
  tasks:
    load: { foreach: list, max_parallel: 2 }
0s  start             load ready
1s  load items 1      load asleep, load[0] leased #1
2s  cancel            run cancelling, stop load[0] #1
3s  load[0] succeeds  load[0] succeeded, load succeeded, run cancelled
