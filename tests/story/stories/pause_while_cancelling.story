# What is being cancelled can't be paused
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  cancel         run cancelling, stop load #1
2s  pause          nothing
3s  resume         nothing
4s  load stopped   load cancelled, run cancelled
