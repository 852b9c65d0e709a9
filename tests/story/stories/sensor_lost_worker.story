# A look whose worker is lost is taken again
dag
  tasks:
    arrived: { uses: core.sensor, looks_by: fake }
0s  start             arrived ready
1s  arrived open      arrived leased #1
2s  arrived lost      arrived leased #2
3s  arrived succeeds  arrived asleep
4s  arrived answered  arrived succeeded, run succeeded
