# Says that a failed task succeeded
dag
  tasks:
    load: { }
0s  start       load leased #1
1s  load fails  load succeeded, run succeeded
