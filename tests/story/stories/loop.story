# A loop runs round after round until it is enough
dag
  tasks:
    rounds: { uses: core.loop }
0s  start                    rounds ready
1s  rounds sleeps run        rounds asleep
5s  rounds again judge       rounds asleep
6s  rounds again poll 1s     rounds asleep
7s  tick                     rounds ready
8s  rounds sleeps run        rounds asleep
9s  rounds again judge       rounds asleep
9s  rounds answered          rounds succeeded, run succeeded
