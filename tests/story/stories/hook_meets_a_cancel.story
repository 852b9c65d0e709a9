# A cancel while only hooks are left lets the finally hook finish
dag
  tasks:
    load: {}
    sweep: { phase: finally }
0s  start           load leased #1
1s  load succeeds   load succeeded, sweep leased #1
2s  cancel          run cancelling
3s  sweep succeeds  sweep succeeded, run cancelled
