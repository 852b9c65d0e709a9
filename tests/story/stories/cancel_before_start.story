# A run that never started ends at once, with its hooks
dag
  tasks:
    load: { }
    tidy: { phase: finally }
0s  cancel  load cancelled, tidy cancelled, run cancelled
1s  start   nothing
