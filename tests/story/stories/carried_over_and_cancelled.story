# A queued run that was given something is cancelled whole
dag
  tasks:
    load: {}
    count: { needs: [load] }
0s  carried load  load succeeded
1s  cancel        count cancelled, run cancelled
