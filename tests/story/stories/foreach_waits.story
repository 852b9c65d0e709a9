# Items of a core operator need no worker
dag
  tasks:
    pause: { foreach: list, max_parallel: 2, uses: core.wait }
0s  start                    pause ready
1s  pause items 2            pause[0] ready, pause[1] ready
2s  pause[0] sleeps time 5s  pause[0] asleep
3s  pause[1] done            pause[1] succeeded
7s  tick                     pause[0] succeeded, pause succeeded, run succeeded
