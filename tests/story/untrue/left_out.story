# Leaves out that the run ended
dag
  tasks:
    load: { }
0s  start          load leased #1
1s  load succeeds  load succeeded
