# An operator with nothing to do says so also while cancelling
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start       load leased #1
1s  cancel      run cancelling, stop load #1
2s  load skips  load skipped, run cancelled
