"""Cron cases: robfig's tables and our own around clock changes; the shapes are those of ../shared/cases/cron/README.md.

Files are told apart by their columns. The policy of ours that a row is about: `once` is on_overlap first, `repeat` is both.
"""
import csv
import datetime
import json
import subprocess

FILES = ["dst.tsv", "robfig_activation.tsv", "robfig_next.tsv", "robfig_invalid.tsv"]
UTC = datetime.timezone.utc


def instant(text, zone=UTC):
    """An ISO time with its distance from UTC, or robfig's "Mon Jul 9 14:45[:30] 2012"."""
    if text[:1].isdigit():
        return datetime.datetime.strptime(text.replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    words = text.split()
    form = "%b %d %H:%M:%S %Y" if words[3].count(":") == 2 else "%b %d %H:%M %Y"
    return datetime.datetime.strptime(" ".join(words[1:]), form).replace(tzinfo=zone).astimezone(UTC)


def iso(time):
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zone_and_spec(row):
    """robfig writes the zone before the spec or before the time; or the time has a distance from UTC."""
    zone, time, spec = "UTC", row["time"], row["spec_6_fields_with_seconds"]
    for prefix in ("TZ=", "CRON_TZ="):
        if spec.startswith(prefix):
            zone, spec = spec[len(prefix):].split(" ", 1)
        if time.startswith(prefix):
            zone, time = time[len(prefix):].split(" ", 1)
    if zone == "UTC" and time[:1].isdigit():
        zone = f"{time[-5:-2]}:{time[-2:]}"
    return zone, time, spec


def dst_question(row):
    return ({"cron": row["expression"], "timezone": row["zone"], "from": row["after"], "count": 5, "on_overlap": "both" if row["policy"] == "repeat" else "first"},
            [] if row["next_fires"] == "-" else row["next_fires"].split(), row["needs"])


def activation_question(row):
    time = instant(row["time"])
    before = time - datetime.timedelta(seconds=1)
    fires = row["activates_at_time"] == "true"
    return {"cron": row["spec"], "from": iso(before), "count": 1}, ("is" if fires else "is not", iso(time)), "any"


def next_question(row):
    zone, time, spec = zone_and_spec(row)
    under = row["under_our_policy"]
    expected = row["expected_next_or_empty_if_unsatisfiable"]
    if under[:1].isdigit():
        wanted = [under]
    elif under == "seconds field" or not expected:
        wanted = [iso(instant(expected))] if expected else []
    else:
        wanted = [iso(instant(expected))]
    return {"cron": spec, "timezone": zone, "from": iso(instant(time)), "count": 1, "on_overlap": "first"}, wanted, "any"


def questions(files):
    number = 0
    for path in files:
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                number += 1
                if "next_fires" in row:
                    yield number, *dst_question(row)
                elif "activates_at_time" in row:
                    yield number, *activation_question(row)
                elif "spec_6_fields_with_seconds" in row:
                    yield number, *next_question(row)
                else:
                    yield number, {"cron": row["spec"] or "", "count": 1}, "refused", "any"


def judge(answer, wanted):
    """The instants in UTC, and what is wrong; empty: nothing."""
    if wanted == "refused":
        return [], "" if "error" in answer else f"must be refused, but gives {answer['times']}"
    if "error" in answer:
        return [], answer["error"]
    fires = [iso(datetime.datetime.fromisoformat(time)) for time in answer["times"]]
    if isinstance(wanted, tuple):
        relation, time = wanted
        return fires, "" if (fires[:1] == [time]) == (relation == "is") else f"the next fire {relation} expected at {time}, and is {fires}"
    return fires, "" if fires == wanted else f"expected {wanted}, got {fires}"


def run(build, files):
    asked = list(questions(files))
    lines = "".join(json.dumps(question) + "\n" for _, question, _, _ in asked)
    done = subprocess.run([build / "bin/millrace", "next", "--batch"], input=lines, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(asked), f"{len(asked)} questions, {len(answers)} answers"
    for (number, _, wanted, needs), line in zip(asked, answers):
        fires, wrong = judge(json.loads(line), wanted)
        # The README of the cases: such rows need newer zone data than some systems have.
        verdict = "pass" if not wrong else "skip" if needs != "any" else "fail"
        yield {"id": number, "fires": fires, "verdict": verdict, "reason": f"needs zone data {needs}: {wrong}" if verdict == "skip" else wrong}
