# After a success: on_success and finally; a hook that fails does not fail the run
dag
  tasks:
    load: { }
    clean: { needs: [load] }
    alarm: { phase: on_failure }
    cheer: { phase: on_success }
    tidy: { phase: finally }
0s  start           load leased #1
1s  load succeeds   load succeeded, clean leased #1
2s  clean succeeds  clean succeeded, alarm skipped, cheer leased #1, tidy leased #1
3s  cheer succeeds  cheer succeeded
4s  tidy gives_up   tidy failed, run succeeded
