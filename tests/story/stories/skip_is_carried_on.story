# A skip is carried on to those with the usual rule; none_failed takes it as a good end
dag
  tasks:
    load: { }
    clean: { needs: [load] }
    report: { needs: [clean], rule: none_failed }
0s  start            load leased #1
1s  load skips       load skipped, clean skipped, report leased #1, why load: skipped by its operator, why clean: load ended skipped
2s  report succeeds  report succeeded, run succeeded
