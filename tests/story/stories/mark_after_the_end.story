# A failed task is made succeeded, and what it held up runs
dag
  tasks:
    load: { retry: { attempts: 1 } }
    count: { needs: [load] }
0s  start                  load leased #1
1s  load fails             load failed, count upstream_failed, run failed
2s  load marked succeeded  load succeeded, count leased #1, run running
3s  count succeeds         count succeeded, run succeeded
