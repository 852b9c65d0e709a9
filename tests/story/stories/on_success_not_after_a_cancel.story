# Nor is it a success
dag
  tasks:
    load: {}
    cheer: { phase: on_success }
0s  start         load leased #1
1s  cancel        run cancelling, stop load #1
2s  load stopped  load cancelled, cheer skipped, run cancelled
