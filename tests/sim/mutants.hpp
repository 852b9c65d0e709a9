// The planted bugs, by the numbers that MR_MUTANT() has in core/schedule.
#pragma once
#include <array>
#include <string_view>
#include <utility>

namespace millrace::sim {

inline constexpr std::array kMutants{
    std::pair{1, std::string_view("a report of an old lease is taken")},
    std::pair{2, std::string_view("an old lease expires again")},
    std::pair{3, std::string_view("a task starts when one need is still open")},
    std::pair{4, std::string_view("a lease does not raise the attempt number")},
    std::pair{5, std::string_view("one try too many")},
    std::pair{6, std::string_view("a failed run is called succeeded")},
    std::pair{7, std::string_view("a bad end is not carried downstream")},
    std::pair{8, std::string_view("leases are granted while paused")},
    std::pair{9, std::string_view("waiting tasks survive a cancel")},
    std::pair{10, std::string_view("a lost worker spends a try")},
    std::pair{11, std::string_view("a backoff has no timer")},
    std::pair{12, std::string_view("the delay does not grow")},
    std::pair{14, std::string_view("retry_after is ignored")},
    std::pair{15, std::string_view("finally hooks are skipped after a cancel")},
    std::pair{16, std::string_view("a reopened task keeps its spent tries")},
    std::pair{17, std::string_view("a success while cancelling is thrown away")},
    std::pair{18, std::string_view("moves do not raise the version")},
    std::pair{19, std::string_view("the time in a decision is not the one given")},
    std::pair{20, std::string_view("a report before its confirmation is refused")},
    std::pair{21, std::string_view("a conflict spends a try")},
    std::pair{22, std::string_view("a running attempt has no time limit")},
    std::pair{23, std::string_view("on_failure hooks run after a success")},
    std::pair{24, std::string_view("an attempt out of time is not told to stop")},
    std::pair{25, std::string_view("deciding has a memory")},
    std::pair{26, std::string_view("a run timeout ends as a cancel")},
    std::pair{27, std::string_view("a lease given back counts as a loss")},
    std::pair{28, std::string_view("a run has no time limit")},
    std::pair{29, std::string_view("on_success hooks never run")},
    std::pair{31, std::string_view("a pause is not heard")},
    std::pair{32, std::string_view("an old backoff wakes a task")},
    std::pair{33, std::string_view("a lost attempt is recorded as failed")},
    std::pair{34, std::string_view("an attempt confirmed after the cancel is not stopped")},
    std::pair{35, std::string_view("a final failure is tried again")},
    std::pair{36, std::string_view("jitter is not used")},
    std::pair{37, std::string_view("delays pass their limit")},
    std::pair{38, std::string_view("workers get more than their slots")},
    std::pair{39, std::string_view("a run gets more tasks than its dag allows")},
    std::pair{40, std::string_view("labels are not looked at")},
    std::pair{41, std::string_view("a skip is not carried on")},
    std::pair{42, std::string_view("an answer about an old gate is heard")},
    std::pair{43, std::string_view("a sleep has no timer")},
    std::pair{44, std::string_view("a sleep is ended by what another waited for")},
    std::pair{45, std::string_view("a mark does not stop what runs")},
    std::pair{46, std::string_view("a clear opens a task whose work is being used")},
    std::pair{47, std::string_view("one item too many is opened")},
    std::pair{48, std::string_view("items at work are not told to stop")},
    std::pair{49, std::string_view("failed items are never too many")},
    std::pair{50, std::string_view("a task with cancelled items succeeds")},
    std::pair{51, std::string_view("a task has no limit in total")},
    std::pair{52, std::string_view("a wait for a slot has no limit")},
    std::pair{53, std::string_view("an old wait for a slot ends a new one")},
    std::pair{54, std::string_view("what runs goes on when its task is out of time")},
    std::pair{55, std::string_view("only the first retry rule counts")}};

}  // namespace millrace::sim
