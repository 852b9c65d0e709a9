# A hook that still calls when the work is over is waited for, and its failure decides nothing
dag
  tasks:
    load: { }
    call: { phase: on_late, retry: { attempts: 1 } }
    cheer: { phase: on_success }
0s  start           load leased #1
1s  is_late         late missed, call leased #1
2s  load succeeds   load succeeded, cheer leased #1
3s  cheer succeeds  cheer succeeded
4s  call fails      call failed, run succeeded
