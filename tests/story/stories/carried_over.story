# A run begins with what another one has done
dag
  tasks:
    load: {}
    count: { needs: [load] }
    report: { needs: [count] }
0s  carried load       load succeeded
1s  start              count leased #1
2s  count succeeds     count succeeded, report leased #1
3s  report succeeds    report succeeded, run succeeded
