# A run that is opened again ends again, and its hooks with it
dag
  tasks:
    a: { }
    tidy: { phase: finally }
0s  start          a leased #1
1s  a succeeds     a succeeded, tidy leased #1
2s  tidy succeeds  tidy succeeded, run succeeded
3s  a cleared      a leased #2, tidy waiting, run running
4s  a succeeds     a succeeded, tidy leased #2
5s  tidy succeeds  tidy succeeded, run succeeded
