# While paused nothing is leased; what runs, ends
dag
  tasks:
    load: { }
    clean: { needs: [load] }
0s  start           load leased #1
1s  pause           run paused
2s  load succeeds   load succeeded, clean ready, why clean: the run is paused
3s  tick            nothing
4s  pause           nothing
5s  resume          run running, clean leased #1
6s  clean succeeds  clean succeeded, run succeeded
