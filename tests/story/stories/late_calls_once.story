# A run that will be late calls its on_late hooks, beside its work and once
dag
  tasks:
    load: { }
    clean: { needs: [load] }
    call: { phase: on_late }
    tidy: { phase: finally }
0s  start           load leased #1, why call: late
1s  will_be_late    late predicted, call ready, call leased #1
2s  call succeeds   call succeeded
3s  in_time_again   late recovered
4s  will_be_late    late predicted
5s  is_late         late missed
6s  will_be_late    nothing
7s  load succeeds   load succeeded, clean leased #1
8s  clean succeeds  clean succeeded, tidy leased #1
9s  tidy succeeds   tidy succeeded, run succeeded
