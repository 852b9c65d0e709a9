# A switch skips what it did not choose, and what only that leads to
dag
  tasks:
    choose: { uses: core.switch }
    many: { needs: [choose] }
    few: { needs: [choose] }
    after_few: { needs: [few] }
    report: { needs: [many, few], rule: none_failed }
0s  start                    choose ready
1s  choose done without few  choose succeeded, few skipped, after_few skipped, many leased #1, why few: not chosen
2s  many succeeds            many succeeded, report leased #1
3s  report succeeds          report succeeded, run succeeded
