# An approval waits for a person; the answer is heard once
dag
  tasks:
    ask: { uses: core.approval }
    publish: { needs: [ask] }
0s  start                ask ready
1s  ask sleeps approval  ask asleep, why ask: waits for an approval
90s  ask answered        ask succeeded, publish leased #1
91s  ask answered badly  nothing
92s  publish succeeds    publish succeeded, run succeeded
