# A cancel stops the calls too
dag
  tasks:
    load: { }
    call: { phase: on_late }
0s  start         load leased #1
1s  will_be_late  late predicted, call leased #1
2s  cancel        stop load #1, stop call #1, run cancelling
3s  load stopped  load cancelled
4s  call stopped  call cancelled, run cancelled
