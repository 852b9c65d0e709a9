# After a failure: on_failure and finally, not on_success; hooks never decide the result
dag
  tasks:
    load: { }
    alarm: { phase: on_failure }
    cheer: { phase: on_success }
    tidy: { phase: finally }
0s  start           load leased #1, why tidy: starts when every main task is final
1s  load gives_up   load failed, cheer skipped, alarm leased #1, tidy leased #1
2s  alarm gives_up  alarm failed
3s  tidy succeeds   tidy succeeded, run failed
