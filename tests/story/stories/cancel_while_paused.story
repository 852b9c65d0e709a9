# A paused run is cancelled like any other
dag
  tasks:
    load: {}
    count: { needs: [load] }
0s  start          load leased #1
1s  pause          run paused
2s  cancel         run cancelling, stop load #1, count cancelled
3s  load stopped   load cancelled, run cancelled
