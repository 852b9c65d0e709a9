# What a task waited for comes too late for a mark
dag
  tasks:
    ok: { uses: core.approval }
0s  start                ok ready
1s  ok sleeps approval   ok asleep
2s  ok marked succeeded  ok succeeded, run succeeded
3s  ok answered          nothing
