# An attempt out of time while cancelling ends its task cancelled
dag
  tasks:
    load: { timeout: 10s, retry: { attempts: 3 } }
0s   start           load leased #1
1s   load confirmed  load running #1
5s   cancel          run cancelling, stop load #1
11s  tick            load cancelled, stop load #1, run cancelled
