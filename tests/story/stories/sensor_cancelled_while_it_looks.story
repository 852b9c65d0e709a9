# A look that ends after a cancel is not judged any more
dag
  tasks:
    arrived: { uses: core.sensor, looks_by: fake }
0s  start              arrived ready
1s  arrived open       arrived leased #1
2s  cancel             run cancelling, stop arrived #1
3s  arrived succeeds   arrived cancelled, run cancelled
