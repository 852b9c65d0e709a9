# What is being cancelled is not opened again
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  cancel         run cancelling, stop load #1
2s  load cleared   nothing
3s  load stopped   load cancelled, run cancelled
