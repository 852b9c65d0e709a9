# Only the classes of the policy are tried again
dag
  tasks:
    load: { retry: { attempts: 3, delay: 1s, on: [transient] } }
0s  start            load leased #1
1s  load fails       load backoff
2s  tick             load leased #2
3s  load fails data  load failed, run failed
