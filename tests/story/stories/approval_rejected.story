# A rejection fails the task and all that need it
dag
  tasks:
    ask: { uses: core.approval }
    publish: { needs: [ask] }
0s  start                ask ready
1s  ask sleeps approval  ask asleep
2s  ask answered badly   ask failed, publish upstream_failed, run failed
3s  retry                ask ready, publish waiting, run running
4s  ask sleeps approval  ask asleep
5s  ask answered         ask succeeded, publish leased #1
6s  publish succeeds     publish succeeded, run succeeded
