# Another system says that it is done
dag
  tasks:
    job: { uses: core.callback }
    after: { needs: [job] }
0s  start                job ready
1s  job sleeps callback  job asleep, why job: waits for a callback
2s  job answered         job succeeded, after leased #1
3s  after succeeds       after succeeded, run succeeded
