# A cancel ends what waits at once, and what runs when it says so
dag
  tasks:
    load: { }
    clean: { needs: [load] }
    slow: { retry: { attempts: 3 } }
0s  start           load leased #1, slow leased #1
1s  slow confirmed  slow running #1
2s  cancel          clean cancelled, stop load #1, stop slow #1, run cancelling
3s  load stopped    load cancelled
4s  cancel          nothing
5s  slow fails      slow cancelled, run cancelled
