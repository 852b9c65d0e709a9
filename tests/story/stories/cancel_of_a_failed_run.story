# A failed run stays failed
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  load fails     load failed, run failed
2s  cancel         nothing
