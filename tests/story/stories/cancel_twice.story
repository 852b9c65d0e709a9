# A second cancel changes nothing
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  cancel         run cancelling, stop load #1
2s  cancel         nothing
3s  load lost      load cancelled, run cancelled
4s  cancel         nothing
