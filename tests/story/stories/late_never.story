# Without a word about its deadline, on_late hooks are skipped at the end
dag
  tasks:
    load: { }
    call: { phase: on_late }
0s  start          load leased #1
1s  load succeeds  load succeeded, call skipped, run succeeded
