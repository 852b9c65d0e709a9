# Or that it went wrong
dag
  tasks:
    job: { uses: core.callback }
0s  start                job ready
1s  job sleeps callback  job asleep
2s  job answered badly   job failed, run failed
