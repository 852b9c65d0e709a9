# A run out of time stops like a cancelled one, but ends failed and raises its alarm
dag
  timeout: 1m
  tasks:
    load: { }
    clean: { needs: [load] }
    alarm: { phase: on_failure }
0s   start            load leased #1
59s  tick             nothing
60s  tick             clean cancelled, stop load #1, run cancelling, why clean: run timeout
61s  load stopped     load cancelled, alarm leased #1
62s  alarm succeeds   alarm succeeded, run failed
63s  retry            run running, load leased #2
122s  tick            nothing
123s  tick            stop load #2, clean cancelled, run cancelling
124s  load succeeds   load succeeded, alarm leased #2
125s  alarm succeeds  alarm succeeded, run failed
