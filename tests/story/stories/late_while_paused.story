# A paused run may be late; its calls wait for the resume
dag
  tasks:
    load: { }
    clean: { needs: [load] }
    call: { phase: on_late }
0s  start           load leased #1
1s  pause           run paused
2s  load succeeds   load succeeded
3s  will_be_late    late predicted, call ready
4s  resume          clean leased #1, call leased #1
5s  clean succeeds  clean succeeded
6s  call succeeds   call succeeded, run succeeded
