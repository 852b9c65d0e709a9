# A run that is late before it starts calls when it starts
dag
  tasks:
    load: { }
    call: { phase: on_late }
0s  is_late        late missed
1s  start          load leased #1, call leased #1
2s  load succeeds  load succeeded
3s  call succeeds  call succeeded, run succeeded
