# A hook has its tries, and its end says nothing about the run
dag
  tasks:
    load: {}
    sweep: { phase: finally, retry: { attempts: 2, delay: 1s, jitter: none } }
0s  start          load leased #1
1s  load succeeds  load succeeded, sweep leased #1
2s  sweep fails    sweep backoff
3s  sweep fails    sweep failed, run succeeded
