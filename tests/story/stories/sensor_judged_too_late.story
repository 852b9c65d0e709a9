# So does an answer that is not enough when time is over
dag
  tasks:
    arrived: { uses: core.sensor, looks_by: fake }
0s  start                  arrived ready
1s  arrived open           arrived leased #1
2s  arrived succeeds       arrived asleep
3s  arrived answered late  arrived timed_out, run failed
