# After a cancel, finally hooks run and may try again; the others are skipped
dag
  tasks:
    load: { }
    alarm: { phase: on_failure }
    cheer: { phase: on_success }
    tidy: { phase: finally, retry: { attempts: 2, delay: 1s } }
0s  start          load leased #1
1s  cancel         stop load #1, run cancelling
2s  load stopped   load cancelled, alarm skipped, cheer skipped, tidy ready, tidy leased #1
3s  tidy fails     tidy backoff
4s  tick           tidy leased #2
5s  tidy succeeds  tidy succeeded, run cancelled
