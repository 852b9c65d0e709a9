# What fails while cancelling is cancelled, and not tried again
dag
  tasks:
    load: { retry: { attempts: 5, delay: 1s } }
0s  start       load leased #1
1s  cancel      run cancelling, stop load #1
2s  load fails  load cancelled, run cancelled
