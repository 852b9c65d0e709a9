# A retry goes on with what was cancelled, and leaves what succeeded
dag
  tasks:
    load: {}
    count: { needs: [load] }
0s  start           load leased #1
1s  load succeeds   load succeeded, count leased #1
2s  cancel          run cancelling, stop count #1
3s  count stopped   count cancelled, run cancelled
4s  retry           count leased #2
5s  count succeeds  count succeeded, run succeeded
