# A lease given back while cancelling is not given again
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  cancel         run cancelling, stop load #1
2s  load returned  load cancelled, run cancelled
