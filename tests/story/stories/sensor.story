# A sensor looks by short attempts, and sleeps between them without a worker
dag
  tasks:
    arrived: { uses: core.sensor, looks_by: fake }
    load: { needs: [arrived] }
0s   start                   arrived ready
1s   arrived open            arrived leased #1
2s   arrived succeeds        arrived asleep, why arrived: whether that is enough
3s   arrived again poll 30s  arrived asleep, why arrived: not yet
33s  tick                    arrived ready
34s  arrived open            arrived leased #2
35s  arrived succeeds        arrived asleep
36s  arrived answered        arrived succeeded, load leased #1
37s  load succeeds           load succeeded, run succeeded
