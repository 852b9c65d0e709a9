# Items run in their window, in order, and their task ends when the last has ended
dag
  tasks:
    load: { foreach: list, max_parallel: 2 }
    report: { needs: [load] }
0s  start             load ready
1s  load items 3      load asleep, load[0] leased #1, load[1] leased #1, why load: 0 of 3 items have ended, why load[2]: waits for its turn
2s  load[1] succeeds  load[1] succeeded, load[2] leased #1
3s  load[0] succeeds  load[0] succeeded, why load: 2 of 3 items have ended
4s  load[2] succeeds  load[2] succeeded, load succeeded, report leased #1
5s  report succeeds   report succeeded, run succeeded
