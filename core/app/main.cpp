// The command line: words, options, and which function they lead to. CLI11 is included here and nowhere else.
#include <csignal>
#include <cstdio>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>

#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/data_check.hpp"
#include "app/doctor.hpp"
#include "app/explain_plan.hpp"
#include "app/lineage_words.hpp"
#include "app/local.hpp"
#include "app/next.hpp"
#include "app/people_words.hpp"
#include "app/plugin_words.hpp"
#include "app/profile_words.hpp"
#include "app/quality_init.hpp"
#include "app/quality_words.hpp"
#include "app/recipe_words.hpp"
#include "app/server.hpp"
#include "app/serve.hpp"
#include "app/simulate/simulate.hpp"
#include "app/sql_words.hpp"
#include "app/suggest_words.hpp"
#include "app/suite/suites.hpp"
#include "app/tls_words.hpp"
#include "app/version.hpp"
#include "base/log.hpp"

using namespace millrace;

namespace {

struct Given {
  Output output{};
  std::string server = "127.0.0.1:7430", identity{}, server_name{};
  std::string name{}, run{}, task{}, reason{}, dag{}, state{}, logical_time{}, request_id{}, path = "dags", into = ".";
  std::vector<std::string> params{}, plugin_dirs{};
  std::string tolerate{}, back_to{}, older_than{}, grace = "1h";
  int keep_last = 1, target_mib = 256;
  std::optional<int> pool_slots{};
  std::optional<double> per_second{};
  int attempt = 0, limit = 50, code = 0, max_parallel = 0;
  bool follow = false, wait = false, bad = false, verbose = false, quiet = false, write = false, inside = false;
  ServerOptions serve{};
  WorkerWords worker{};
  DemoWords demo{};
  SqlWords sql{};
  SuggestWords suggest{};
  QualityWords quality{};
  QualityInitWords quality_init{};
  FoundWords found{};
  CatalogWords catalog{};
  PlanWords plan{};
  ProfileWords profile{};
  RunWords local{};
  NextWords next{};
  SuiteWords suites{};
  SimulateWords days{};
  DoctorWords doctor{};
  BackfillWords backfill{};
  RerunWords rerun{};
  DataCheckWords data{};
  RecipeWords recipe{};
  TlsWords tls{};
  PeopleWords people{};
};

void add_server_options(CLI::App& word, Given& given) {
  word.add_option("--server", given.server, "gRPC address of the server")->capture_default_str();
  word.add_option("--identity", given.identity, "folder of our certificate, where the server speaks TLS (`millrace certs client`)")->envname("MILLRACE_IDENTITY");
  word.add_option("--server-name", given.server_name, "the name that the server's certificate is for; the host when left out");
}

template <class Act>
int with_client(Given& given, Act act) {
  const auto peer = given.identity.empty() ? std::optional<tls::Peer>() : tls::peer_of(given.identity, given.server, given.server_name);
  if (peer) {
    const auto known = tls::read_identity(given.identity);
    if (!known) return report(known.error(), given.output);
    if (!*known) return report({.code = "E3110", .what = "there is no certificate in " + given.identity, .where = "--identity", .hint = "make one by `millrace certs client NAME --into DIR` on the server's machine"}, given.output);
  }
  auto token = own_token();
  if (!token) return report(token.error(), given.output);
  Client client(given.server, peer ? &*peer : nullptr, *std::move(token));
  return act(client, given);
}

void add_isolation(CLI::App& word, std::string& isolation, std::vector<std::string>& trusted) {
  word.add_option("--isolation", isolation, "where attempts run: process (each in one of its own), pool (in processes that are kept for the next), thread (in the worker itself: at once, and a crash is the worker's)")
      ->capture_default_str()->check(CLI::IsMember({"process", "pool", "thread"}));
  word.add_option("--trust-plugin", trusted, "with --isolation thread: a plugin whose operators may run in threads; those of the installation when left out");
}

void add_server_word(CLI::App& app, Given& given) {
  auto* serve = app.add_subcommand("serve", "run the scheduler, its doors and a local worker");
  serve->add_option("--home", given.serve.home, "folder of the store, the data and the logs")->capture_default_str();
  serve->add_option("--dags", given.serve.dags, "folder of the Dag files")->capture_default_str();
  serve->add_option("--address", given.serve.address, "address to listen on")->capture_default_str();
  serve->add_option("--http-port", given.serve.http_port, "port of the page and REST; 0: any free one")->capture_default_str();
  serve->add_option("--rpc-port", given.serve.rpc_port, "port of gRPC, for clients and workers; 0: any free one")->capture_default_str();
  serve->add_option("--workers", given.serve.workers, "local worker processes")->capture_default_str()->check(CLI::Range(0, 64));
  serve->add_option("--slots", given.serve.slots, "attempts that each local worker runs at once")->capture_default_str()->check(CLI::Range(1, 1024));
  add_isolation(*serve, given.serve.isolation, given.serve.trusted_plugins);
  serve->add_option("--plugin-dir", given.serve.plugin_dirs, "further folders of plugins");
  serve->add_option("--lease", given.serve.lease, "how long a silent worker keeps its attempts; 15s when left out");
  serve->add_flag("--standby", given.serve.standby, "wait while another server leads on this home, and take over when it is gone or silent");
  serve->add_option("--leader-lease", given.serve.leader_lease, "how long a silent leader keeps the lead; 10s when left out");
  serve->add_option("--keep-runs", given.serve.keep_runs, "how long all of an ended run is kept, for example 90d; then its line only; for ever when left out");
  auto* tls = serve->add_flag("--tls", given.serve.tls.on, "gRPC by mutual TLS, with an authority of the server's own; opens that door, and no other, to other machines");
  serve->add_option("--tls-name", given.serve.tls.names, "a further name or IP address that workers call this server by")->needs(tls);
  serve->add_option("--tls-cert", given.serve.tls.certificate, "a certificate of your own, with what leads to its authority; watched")->needs(tls);
  serve->add_option("--tls-key", given.serve.tls.key, "its key, in a file of mode 600")->needs(tls);
  serve->add_option("--tls-ca", given.serve.tls.authority, "its authority; workers and clients with certificates of it are let in, too")->needs(tls);
  serve->add_option("--server-certificate-life", given.serve.tls.server_life)->group("");
  serve->add_option("--worker-certificate-life", given.serve.tls.worker_life)->group("");
  serve->add_flag("--auth", given.serve.auth, "users, tokens and roles: the first start prints a token for an admin; with --tls the page and REST, by HTTPS, are open to other machines, too");
  serve->add_option("--session-idle", given.serve.session_idle, "with --auth: a log-in ends after so long without a request; 1h when left out");
  serve->add_option("--session-life", given.serve.session_life, "and after so long in any case; 12h when left out");
  serve->add_flag("--insecure", given.serve.insecure, "allow an address beyond this machine, without TLS or log-in");
  serve->callback([&given] { given.code = serve_until_signal(given.serve); });
}

void add_worker_word(CLI::App& app, Given& given) {
  auto* worker = app.add_subcommand("worker", "run attempts for a server");
  worker->add_option("--server", given.worker.server, "gRPC address of the server; several, with commas, when one stands by")->capture_default_str();
  worker->add_option("--name", given.worker.name, "unique name; that of the certificate, or the host and process number when left out");
  worker->add_option("--identity", given.worker.identity, "folder of the worker's certificate, where the server speaks TLS; filled at the first start, renewed by itself");
  worker->add_option("--join-token-file", given.worker.join_token_file, "file (600) of a token of `millrace workers token`, for the first start; or MILLRACE_JOIN_TOKEN");
  worker->add_option("--server-name", given.worker.server_name, "the name that the server's certificate is for; the host when left out");
  worker->add_option("--slots", given.worker.slots, "attempts at once")->capture_default_str()->check(CLI::Range(1, 1024));
  worker->add_option("--cpu", given.worker.cpu, "cores that attempts may take together (runs_on.cpu); all of the machine's when left out")->check(CLI::PositiveNumber);
  worker->add_option("--memory", given.worker.memory, "memory that they may take together (runs_on.memory), for example 16GiB; all of the machine's when left out");
  worker->add_option("--resource", given.worker.resources, "name=amount: a thing that tasks may take a share of (runs_on.resources), for example gpu=2");
  worker->add_option("--attempt-processes", given.worker.attempt_processes, "processes and threads that one attempt may have, where the worker may write control groups; 0: no bound")->capture_default_str()->check(CLI::Range(0, 4'000'000));
  add_isolation(*worker, given.worker.isolation, given.worker.trusted_plugins);
  worker->add_option("--label", given.worker.labels, "labels that tasks may ask for (runs_on.labels)");
  worker->add_option("--plugin-dir", given.worker.plugin_dirs, "further folders of plugins");
  worker->add_option("--secrets", given.worker.secrets, "folder of secrets, one a file of mode 600; beside MILLRACE_SECRET_… of the environment");
  worker->add_option("--scratch", given.worker.scratch, "folder of the attempts' work folders; a temporary one when left out");
  worker->add_option("--give-up-after", given.worker.give_up_after, "leave after so long without a server, for example 1m; never when left out");
  worker->callback([&given] { given.code = work_until_signal(given.worker); });
}

void add_local_words(CLI::App& app, Given& given) {
  auto* validate = app.add_subcommand("validate", "check Dag files without a server; every mistake at once");
  validate->add_option("path", given.path, "a folder or a file")->capture_default_str();
  validate->add_option("--plugin-dir", given.plugin_dirs, "further folders of plugins");
  validate->add_flag("--data", given.bad, "also bind SQL and transforms against the columns of datasets");
  validate->add_option("--home", given.data.home, "with --data: of the server whose catalog has the datasets' columns; it may run")->capture_default_str();
  validate->add_option("--param", given.data.params, "with --data: name=value");
  validate->callback([&given] {
    given.data.path = given.path;
    given.data.plugin_dirs = given.plugin_dirs;
    given.code = given.bad ? validate_data(given.data, given.output) : validate_dags(given.path, given.plugin_dirs, given.output);
  });

  auto* test = app.add_subcommand("test", "offline tests of Dags: a clock that jumps, mocked operators, injected failures");
  test->add_option("path", given.suites.paths, "suites (*.test.yaml), or folders of Dags")->required();
  test->add_option("--junit", given.suites.junit, "also write the results for a CI system");
  test->add_option("--plugin-dir", given.suites.plugin_dirs, "further folders of plugins");
  test->callback([&given] { given.code = run_suites(given.suites, given.output); });

  auto* sql = app.add_subcommand("sql", "one SELECT over the catalog, read only: `millrace sql \"select * from mart.daily_sales\"`");
  sql->add_option("statement", given.sql.sql, "DuckDB's SQL; datasets are tables named zone.name")->required();
  sql->add_option("--home", given.sql.home, "of the server whose catalog it is; it may run")->capture_default_str();
  sql->add_option("--at", given.sql.at, "as the datasets were at that time (ISO 8601)");
  sql->add_option("--format", given.sql.format, "of what is printed or written")->capture_default_str()->check(CLI::IsMember({"table", "csv", "tsv", "json", "ndjson", "parquet", "excel", "arrow"}));
  sql->add_option("--out", given.sql.out, "a file for the rows");
  sql->add_option("--limit", given.sql.limit, "rows that a table shows")->capture_default_str()->check(CLI::Range(1, 1'000'000));
  sql->add_option("--timeout", given.sql.timeout, "what takes longer is stopped")->capture_default_str();
  sql->add_option("--memory", given.sql.memory, "that it may use; what is larger goes to disk")->capture_default_str();
  sql->add_option("--plugin-dir", given.sql.plugin_dirs, "folders with plugins, before the usual ones");
  sql->callback([&given] { given.code = ask_sql(given.sql, given.output); });
  auto* days = app.add_subcommand("simulate", "play the coming days: when runs end, what waits for what, which deadlines are missed, what one more worker changes");
  days->add_option("dags", given.days.path, "folder of the Dag files")->required();
  days->add_option("--days", given.days.days, "how many")->capture_default_str();
  days->add_option("--workers", given.days.workers, "workers")->capture_default_str();
  days->add_option("--slots", given.days.slots, "attempts that each of them runs at once")->capture_default_str();
  days->add_option("--from", given.days.from, "ISO 8601; now when left out");
  days->add_option("--home", given.days.home, "home of the server whose past tells how long tasks take")->capture_default_str();
  days->add_option("--durations", given.days.durations, "or a file that says so: dag: {task: 10m}");
  days->add_option("--plugin-dir", given.days.plugin_dirs, "further folders of plugins");
  days->callback([&given] { given.code = simulate_days(given.days, given.output); });

  auto* run = app.add_subcommand("run", "run a Dag file here and now, without a server");
  run->add_option("file", given.local.file, "the Dag file")->required();
  run->add_option("--param", given.local.params, "name=value");
  run->add_option("--home", given.local.home, "folder of the store and the data; a temporary one when left out");
  run->add_option("--slots", given.local.slots, "attempts at once")->capture_default_str();
  add_isolation(*run, given.local.isolation, given.local.trusted_plugins);
  run->add_option("--plugin-dir", given.local.plugin_dirs, "further folders of plugins");
  run->callback([&given] { given.code = run_file(given.local, given.output); });

  auto* next = app.add_subcommand("next", "when a schedule is due: of a cron expression, or of a Dag file");
  next->add_option("dag", given.next.dag, "a Dag file");
  next->add_option("--cron", given.next.cron, "a cron expression");
  next->add_option("--timezone", given.next.zone, "the wall clock that it means")->capture_default_str();
  next->add_option("--from", given.next.from, "ISO 8601; now when left out");
  next->add_option("--count", given.next.count, "how many")->capture_default_str()->check(CLI::Range(1, 10'000));
  next->add_option("--on-gap", given.next.on_gap, "skip, run_after or run_before")->capture_default_str()->check(CLI::IsMember({"skip", "run_after", "run_before"}));
  next->add_option("--on-overlap", given.next.on_overlap, "auto, first, last or both")->capture_default_str()->check(CLI::IsMember({"auto", "first", "last", "both"}));
  next->add_flag("--batch", given.next.batch, "read questions as JSON lines, answer each with a line");
  next->callback([&given] { given.code = show_next(given.next, given.output); });

  auto* doctor = app.add_subcommand("doctor", "what is wrong with an installation, and what to do");
  doctor->add_option("--dags", given.doctor.dags, "also look at the Dags of this folder");
  doctor->callback([&given] { given.code = examine(given.doctor, given.output); });
  auto* db = app.add_subcommand("db", "the store: check it, copy it, replay its journal; also while a server runs")->require_subcommand(1);
  auto* check = db->add_subcommand("check", "does it hold what must hold, and are the data files there?");
  check->callback([&given] { given.code = check_db(given.doctor, given.output); });
  auto* backup = db->add_subcommand("backup", "a copy as of one moment, checked");
  backup->add_option("--to", given.doctor.to, "the new file")->required();
  backup->callback([&given] { given.code = backup_db(given.doctor, given.output); });
  auto* replay = db->add_subcommand("replay", "decide everything once more, and compare");
  replay->add_option("--run", given.doctor.run, "only this run");
  replay->callback([&given] { given.code = replay_db(given.doctor, given.output); });
  for (auto* word : {doctor, check, backup, replay}) {
    word->add_option("--home", given.doctor.home, "folder of the store, the data and the logs")->capture_default_str();
    word->add_option("--plugin-dir", given.doctor.plugin_dirs, "further folders of plugins");
  }

  auto* explain = app.add_subcommand("explain", "what an error code means, or what a run or a task comes down to");
  explain->add_option("what", given.name, "a code such as E2001, or the id of a run")->required();
  explain->add_option("task", given.task, "a task of the run");
  add_server_options(*explain, given);
  explain->callback([&given] {
    const bool code = given.name.size() == 5 && given.name[0] == 'E' && given.task.empty();
    given.code = code ? explain_code(given.name, given.output) : with_client(given, [](Client& c, Given& g) { return explain_run(c, g.name, g.task, g.output); });
  });

  auto* plan = app.add_subcommand("explain-plan", "the SQL that tasks of a Dag file come down to, without running it");
  plan->add_option("file", given.plan.file, "the Dag file")->required();
  plan->add_option("task", given.plan.task, "one of its tasks; all that tell when left out");
  plan->add_option("--param", given.plan.params, "name=value");
  plan->add_option("--home", given.plan.home, "of the server whose catalog has the datasets' columns; it may run")->capture_default_str();
  plan->add_option("--plugin-dir", given.plan.plugin_dirs, "folders with plugins, before the usual ones");
  plan->callback([&given] { given.code = explain_plan(given.plan, given.output); });

  auto* demo = app.add_subcommand("demo-data", "make a retail house's files; the same seed gives the same bytes");
  demo->add_option("--into", given.demo.folder, "folder to fill")->required();
  demo->add_option("--from", given.demo.first_day, "first day")->capture_default_str();
  demo->add_option("--days", given.demo.days, "number of days")->capture_default_str()->check(CLI::Range(1, 3660));
  demo->add_option("--scale", given.demo.scale, "1 is about 1 MB for three days")->capture_default_str();
  demo->add_option("--seed", given.demo.seed, "of the generator")->capture_default_str();
  demo->callback([&given] { given.code = make_demo_files(given.demo, given.output); });

  auto* plugin = app.add_subcommand("plugin", "write, check and look at plugin libraries")->require_subcommand(1);
  auto* list = plugin->add_subcommand("list", "operators of the installed plugins, and libraries that were refused");
  list->add_option("--plugin-dir", given.plugin_dirs, "further folders of plugins");
  list->callback([&given] { given.code = list_plugins(given.plugin_dirs, given.output); });
  auto* describe = plugin->add_subcommand("describe", "the manifest of one library");
  describe->add_option("library", given.name, "path of the .so; core: what the scheduler does itself")->required();
  describe->add_flag("--write", given.write, "put it beside the library, where the scheduler looks for it");
  describe->callback([&given] { given.code = given.write ? write_plugin_manifest(given.name, given.output) : describe_plugin(given.name, given.output); });
  auto* docs = plugin->add_subcommand("docs", "a Markdown page for each operator of a library");
  docs->add_option("library", given.name, "path of the .so; core: what the scheduler does itself")->required();
  docs->callback([&given] { given.code = print_plugin_pages(given.name, given.output); });
  auto* check_plugins = plugin->add_subcommand("check", "does a library keep the contract? Every finding, from a process of its own");
  check_plugins->add_option("library", given.name, "path of the .so")->required();
  check_plugins->add_flag("--inside", given.inside, "in this process, as lines of JSON")->group("");
  check_plugins->callback([&given] { given.code = given.inside ? check_plugin_inside(given.name) : check_plugin(given.name, given.output); });
  auto* fresh = plugin->add_subcommand("new", "the folder of a new plugin, with tests and a Dag");
  fresh->add_option("name", given.name, "of a-z, 0-9 and -, for example my-plugin")->required();
  fresh->add_option("--into", given.into, "the folder that gets it")->capture_default_str();
  fresh->callback([&given] { given.code = new_plugin(given.name, given.into, given.output); });
  auto* schema = app.add_subcommand("schema", "a JSON Schema of Dag files, for editors: keys, and the config of each installed operator");
  schema->add_option("--plugin-dir", given.plugin_dirs, "further folders of plugins");
  schema->callback([&given] { given.code = print_dag_schema(given.plugin_dirs, given.output); });
}

constexpr auto kFiles = "file of rows: .csv, .tsv, .json, .ndjson (these also with .gz or .zst), .parquet or .xlsx";

// Of what a plugin does in a process of its own.
template <class Words>
void add_limits(CLI::App& word, Words& words) {
  word.add_option("--timeout", words.timeout, "what takes longer is stopped")->capture_default_str();
  word.add_option("--memory", words.memory, "that it may use; what is larger goes to disk")->capture_default_str();
  word.add_option("--plugin-dir", words.plugin_dirs, "folders with plugins, before the usual ones");
}

void add_recipe_files(CLI::App& word, RecipeWords& words) {
  word.add_option("recipe", words.recipe, "the recipe: JSON or YAML as DataBrew exports it, or the short YAML form")->required();
  word.add_option("--schema", words.schema, "NAME=TYPE: a column's type, in place of the sniffed one; as often as needed");
  word.add_option("--secondary", words.secondary, "NAME=FILE: what JOIN and UNION call by this name; as often as needed");
  word.add_option("--param", words.params, "NAME=TEXT: stands for ${NAME} in values of the recipe; as often as needed");
  word.add_option("--key", words.keys,
                  "NAME=SECRET: the secret for what encrypting and hashing steps call NAME "
                  "(kmsKeyArn, secretId); as often as needed");
  word.add_option("--secrets", words.secrets, "folder of secrets, one a file of mode 600; beside MILLRACE_SECRET_… of the environment")->capture_default_str();
  add_limits(word, words);
}

void add_recipe_words(CLI::App& app, Given& given) {
  auto& words = given.recipe;
  auto* recipe = app.add_subcommand("recipe", "cleansing recipes (AWS Glue DataBrew's, or short YAML) on files, without a server")->require_subcommand(1);
  recipe->footer(
      "Examples:\n"
      "  millrace recipe run clean.yaml --data orders.csv --out orders.parquet\n"
      "  millrace recipe run clean.json --data orders.csv --out orders.csv.gz --secondary "
      "zones=zones.csv --param country=PT\n"
      "  millrace recipe try clean.yaml --data orders.csv --step 7 --rows 20\n"
      "  millrace recipe explain clean.yaml --data orders.csv\n"
      "  millrace recipe convert export.json clean.yaml\n"
      "  millrace recipe convert dataset.json - --to task\n\n"
      "A recipe in the short form:\n"
      "  - trim: {column: name}\n"
      "  - fill_with_custom: {column: quantity, value: 0, column_data_type: int}\n"
      "    when: {column: country, is: [DE, FR]}");
  auto* explain = recipe->add_subcommand("explain", "the SQL that a recipe comes down to, and how many statements read the rows");
  add_recipe_files(*explain, words);
  explain->add_option("--data", words.data, "what the recipe is for; without it, the columns that the recipe names, as texts");
  explain->callback([&given] { given.code = explain_recipe(given.recipe, given.output); });
  auto* attempt = recipe->add_subcommand("try", "before and after of each step, on the first rows of a file");
  add_recipe_files(*attempt, words);
  attempt->add_option("--data", words.data, kFiles)->required();
  attempt->add_option("--step", words.step, "the last step that is tried")->capture_default_str()->check(CLI::Range(1, 100));
  attempt->add_option("--rows", words.rows, "so many of the first rows")->capture_default_str()->check(CLI::Range(1, 1000));
  attempt->callback([&given] { given.code = try_recipe(given.recipe, given.output); });
  auto* convert = recipe->add_subcommand("convert", "DataBrew's JSON to the short YAML form, and back; a DataBrew dataset to a task that loads it");
  convert->add_option("recipe", words.recipe, "the recipe")->required();
  convert->add_option("out", words.out, "the new file; -: standard output")->required();
  convert->add_option("--to", words.to, "the form, as the new file's name says when left out; task: of a DataBrew dataset")->check(CLI::IsMember({"yaml", "json", "task"}));
  convert->add_option("--plugin-dir", words.plugin_dirs, "folders with plugins, before the usual ones");
  convert->callback([&given] { given.code = convert_recipe(given.recipe, given.output); });
  auto* run = recipe->add_subcommand("run",
                                     "a file through a recipe to another file; rows removed and "
                                     "cells changed, by step, on standard error");
  add_recipe_files(*run, words);
  run->add_option("--data", words.data, kFiles)->required();
  run->add_option("--out", words.out, "the file to write; the same kinds without .xlsx")->required();
  run->callback([&given] { given.code = run_recipe(given.recipe, given.output); });
}

void add_profile_word(CLI::App& app, Given& given) {
  auto& words = given.profile;
  auto* profile = app.add_subcommand("profile", "what a file or a dataset holds: a table for people, DataBrew's report by --json, a page by --html");
  profile->add_option("--data", words.data, kFiles);
  profile->add_option("--dataset", words.dataset, "zone.name, also with @snapshot:42 or @time:…");
  profile->add_option("--home", words.home, "of the server whose catalog has the dataset; it may run")->capture_default_str();
  profile->add_option("--config", words.config, "the Configuration of a DataBrew profile job, JSON or YAML");
  profile->add_option("--html", words.html, "the page to write");
  profile->add_flag("--entities", words.entities, "look for personal data of every type");
  profile->add_flag("--all-types", words.all_types, "also decimals, dates and times, which DataBrew skips");
  add_limits(*profile, words);
  profile->callback([&given] { given.code = show_profile(given.profile, given.output); });
}

void add_suggest_word(CLI::App& app, Given& given) {
  auto& words = given.suggest;
  auto* suggest = app.get_subcommand("recipe")->add_subcommand("suggest", "the steps that a file could do with, each with its reason; with --json or --out a recipe that runs");
  suggest->add_option("--data", words.data, kFiles)->required();
  suggest->add_option("--out", words.out, "the recipe to write");
  add_limits(*suggest, words);
  suggest->callback([&given] { given.code = suggest_recipe(given.suggest, given.output); });
}

void add_quality_options(CLI::App& word, QualityWords& words) {
  word.add_option("--data", words.data, kFiles)->required();
  word.add_option("--suite", words.suite, "the checks: a suite of Great Expectations 0.18 or 1.x, DQDL, a ruleset of DataBrew, a data contract (ODCS), or short checks in YAML")->required();
  word.add_option("--schema", words.schema, "NAME=TYPE: a column's type, in place of the sniffed one; as often as needed");
  word.add_option("--param", words.params, "NAME=VALUE: for $PARAMETER expressions of the suite; as often as needed");
  word.add_option("--source", words.sources, "NAME=FILE: other rows that checks look into; as often as needed");
  word.add_option("--object", words.object, "of a data contract with several objects, the one that the rows are");
  word.add_flag("--by-row", words.by_row, "parts of a composite DQDL rule are combined for each row");
  word.add_flag("--approximate", words.approximate, "counts of distinct values and quantiles may be estimates");
  add_limits(word, words);
}

void add_quality_words(CLI::App& app, Given& given) {
  auto& words = given.quality;
  auto* quality = app.add_subcommand("quality", "checks of files by suites, rulesets, data contracts and short checks, without a server; and what tasks have found")->require_subcommand(1);
  auto* check = quality->add_subcommand("check", "the validation result, JSON, on standard output; exit code 1 when a check failed");
  add_quality_options(*check, words);
  check->add_option("--result-format", words.result_format, "how much it tells; as each expectation says when left out")->check(CLI::IsMember({"BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"}));
  check->add_option("--index-column", words.index_columns, "a column that names rows in lists of unexpected ones; as often as needed");
  check->add_option("--shape", words.shape, "the version of Great Expectations whose result it looks like")->capture_default_str()->check(CLI::IsMember({"1.x", "0.18"}));
  check->add_option("--junit", words.junit, "also write the verdicts for a CI system");
  check->add_option("--docs", words.docs, "a folder that gets data docs: pages of the run and its suite, an index with trends; values of rows only when --result-format asks for them");
  for (const char* option : {"--data", "--suite"}) check->get_option(option)->required(false);
  check->add_option("--checkpoint", words.checkpoint, "a checkpoint of Great Expectations, 0.18 or 1.x, in place of --suite: its suites over its batches");
  check->add_option("--batch", words.batches, "NAME=FILE: the file of a checkpoint's batch by the name of its asset; as often as needed");
  check->add_option("--history", words.history, "an earlier result, for DQDL rules that look back; as often as needed, the newest first");
  check->add_option("--rows", words.rows, "a file that gets the rows with what came of each DQDL rule for them");
  check->callback([&given] { given.code = check_quality(given.quality, given.output); });
  auto* plan = quality->add_subcommand("plan", "what a check would compute, and by how many scans");
  add_quality_options(*plan, words);
  plan->callback([&given] { given.code = plan_quality(given.quality, given.output); });
  auto& start = given.quality_init;
  auto* init = quality->add_subcommand("init", "a suite to begin with, from what a file holds: types, missing values, keys, accepted values, ranges");
  init->add_option("--data", start.data, kFiles)->required();
  init->add_option("--format", start.format, "a suite of Great Expectations 1.x, or DQDL rules")->capture_default_str()->check(CLI::IsMember({"gx", "dqdl"}));
  init->add_option("--out", start.out, "the file to write, which may not be there yet; left out: standard output");
  init->add_option("--schema", start.schema, "NAME=TYPE: a column's type, in place of the sniffed one; as often as needed");
  add_limits(*init, start);
  init->callback([&given] { given.code = init_quality(given.quality_init, given.output); });
}

// A client word: gets a Client for --server.
template <class Act>
CLI::App* add_client_word(CLI::App& parent, Given& given, const std::string& word, const std::string& help, Act act) {
  auto* app = parent.add_subcommand(word, help);
  add_server_options(*app, given);
  app->callback([&given, act] { given.code = with_client(given, act); });
  return app;
}

void add_run_words(CLI::App& app, Given& given) {
  auto* start = add_client_word(app, given, "start", "start a run", [](Client& c, Given& g) {
    return start_run(c, g.dag, g.params, g.logical_time, g.request_id, g.wait, g.output);
  });
  auto* both = add_client_word(app, given, "run-and-wait", "start a run and wait for its end: exit code 0 or 1", [](Client& c, Given& g) {
    return start_run(c, g.dag, g.params, g.logical_time, g.request_id, true, g.output);
  });
  for (auto* word : {start, both}) {
    word->add_option("dag", given.dag, "name of the Dag")->required();
    word->add_option("--param", given.params, "name=value");
    word->add_option("--logical-time", given.logical_time, "the time that the run stands for (ISO 8601)");
    word->add_option("--request-id", given.request_id, "a repeat with the same id starts nothing and gives the first answer");
  }
  start->add_flag("--wait", given.wait, "wait for the end of the run");

  auto* backfill = add_client_word(app, given, "backfill", "run a Dag for every logical time of a range", [](Client& c, Given& g) { return start_backfill(c, g.backfill, g.output); });
  backfill->add_option("dag", given.backfill.dag, "name of the Dag")->required();
  backfill->add_option("--from", given.backfill.from, "ISO 8601 date or time; part of the range")->required();
  backfill->add_option("--to", given.backfill.to, "part of the range")->required();
  backfill->add_option("--which", given.backfill.which, "missing: times without a run; failed: runs that failed or were cancelled, again; all")
      ->capture_default_str()->check(CLI::IsMember({"missing", "failed", "all"}));
  backfill->add_option("--concurrency", given.backfill.concurrency, "of its runs at once")->capture_default_str()->check(CLI::Range(1, 1000));
  backfill->add_option("--param", given.backfill.params, "name=value, for every run");
  backfill->add_option("--request-id", given.backfill.request_id, "a repeat with the same id starts nothing and gives the first answer");
  backfill->add_flag("--newest-first", given.backfill.newest_first, "from the end of the range to its begin");
  backfill->add_flag("--dry-run", given.backfill.dry_run, "show what would be done, and do nothing");
  backfill->add_flag("--wait", given.backfill.wait, "wait for its end: exit code 0, or 1 when a run of it failed");
  auto* backfills = app.add_subcommand("backfills", "list and steer backfills")->require_subcommand(1);
  add_client_word(*backfills, given, "list", "all backfills", [](Client& c, Given& g) { return show_backfills(c, g.output); });
  for (const std::string verb : {"pause", "resume", "cancel"}) {
    add_client_word(*backfills, given, verb, verb + " a backfill", [verb](Client& c, Given& g) { return act_on_backfill(c, verb, g.limit, g.output); })
        ->add_option("id", given.limit, "number of the backfill")->required();
  }

  auto* runs = app.add_subcommand("runs", "list, show and steer runs")->require_subcommand(1);
  auto* list = add_client_word(*runs, given, "list", "newest first", [](Client& c, Given& g) { return show_runs(c, g.dag, g.state, g.limit, g.output); });
  list->add_option("--dag", given.dag, "only of this Dag");
  list->add_option("--state", given.state, "only in this state");
  list->add_option("--limit", given.limit, "at most so many")->capture_default_str();
  const auto with_run = [&given](CLI::App* word) { word->add_option("run", given.run, "id of the run")->required(); };
  with_run(add_client_word(*runs, given, "show", "one run, its tasks, and why they are where they are", [](Client& c, Given& g) { return show_run(c, g.run, g.output); }));
  with_run(add_client_word(*runs, given, "watch", "follow a run to its end", [](Client& c, Given& g) { return watch_run(c, g.run, g.output); }));
  for (const std::string verb : {"cancel", "pause", "resume", "retry"}) {
    auto* word = add_client_word(*runs, given, verb, verb == "retry" ? "run again what failed" : verb + " a run", [verb](Client& c, Given& g) {
      return act_on_run(c, verb, g.run, g.reason, g.output);
    });
    with_run(word);
    word->add_option("--reason", given.reason, "for the record");
  }
  auto* clear = add_client_word(*runs, given, "clear", "run a task again, with what follows from it", [](Client& c, Given& g) {
    return act_on_task(c, {.verb = "clear", .run = g.run, .task = g.task, .alone = g.bad}, g.output);
  });
  auto* mark = add_client_word(*runs, given, "mark", "make a task succeeded, failed or skipped by hand", [](Client& c, Given& g) {
    return act_on_task(c, {.verb = "mark", .run = g.run, .task = g.task, .state = g.state, .reason = g.reason}, g.output);
  });
  auto* again = add_client_word(*runs, given, "replay", "a new run that begins with what this one has done", [](Client& c, Given& g) { return replay_run(c, g.run, g.task, g.bad, g.output); });
  with_run(again);
  again->add_option("--from", given.task, "this task and what follows are done anew; left out: what did not succeed");
  again->add_flag("--same-version", given.bad, "the Dag as it was, not today's");
  auto* limits = add_client_word(*runs, given, "limits", "change the limits of a foreach task whose items are at work", [](Client& c, Given& g) {
    return act_on_task(c, {.verb = "limits", .run = g.run, .task = g.task, .max_parallel = g.max_parallel, .tolerate = g.tolerate}, g.output);
  });
  auto* items = add_client_word(*runs, given, "items", "the items of a foreach task that were opened", [](Client& c, Given& g) { return show_items(c, g.run, g.task, g.state, g.limit, g.output); });
  items->add_option("--state", given.state, "only in this state");
  items->add_option("--limit", given.limit, "at most so many")->capture_default_str();
  limits->add_option("--max-parallel", given.max_parallel, "at work at once")->check(CLI::Range(1, 100'000));
  limits->add_option("--tolerate", given.tolerate, "so many may fail: 5, or 5%");
  for (auto* word : {clear, mark, limits, items}) {
    with_run(word);
    word->add_option("task", given.task, "id of the task")->required();
  }
  clear->add_flag("--alone", given.bad, "leave what follows from it as it is");
  mark->add_option("state", given.state, "succeeded, failed or skipped")->required()->check(CLI::IsMember({"succeeded", "failed", "skipped"}));
  mark->add_option("--reason", given.reason, "for the record");
  auto* approve = add_client_word(*runs, given, "approve", "answer what a core.approval asks", [](Client& c, Given& g) {
    return answer_task(c, "approve", g.run, g.task, !g.bad, g.params, g.reason, g.output, g.back_to);
  });
  auto* complete = add_client_word(*runs, given, "complete", "say that what a core.callback waits for is done", [](Client& c, Given& g) {
    return answer_task(c, "complete", g.run, g.task, !g.bad, g.params, g.reason, g.output);
  });
  for (auto* word : {approve, complete}) {
    with_run(word);
    word->add_option("task", given.task, "id of the task")->required();
    word->add_option(word == approve ? "--field" : "--output", given.params, "name=value, as often as needed");
    word->add_flag(word == approve ? "--reject" : "--failed", given.bad, word == approve ? "no: the task fails" : "it went wrong: the task fails");
    word->add_option("--reason", given.reason, "for the record");
  }
  approve->add_option("--back-to", given.back_to, "not yet: this earlier task does its work again first");
  auto* task = add_client_word(app, given, "task", "one task of a run, with its attempts", [](Client& c, Given& g) { return show_task(c, g.run, g.task, g.output); });
  auto* logs = add_client_word(app, given, "logs", "the log of an attempt", [](Client& c, Given& g) { return show_log(c, g.run, g.task, g.attempt, g.follow, g.output); });
  for (auto* word : {task, logs}) {
    with_run(word);
    word->add_option("task", given.task, "id of the task")->required();
  }
  logs->add_option("--attempt", given.attempt, "which one; the latest when left out");
  logs->add_flag("--follow,-f", given.follow, "stay until the attempt ends");
}

void add_maintenance_words(CLI::App& datasets, Given& given) {
  auto* expire = add_client_word(datasets, given, "expire", "give up old snapshots of a dataset", [](Client& c, Given& g) {
    return maintain(c, "data.expire", Json::object({{"dataset", g.name}, {"older_than", g.older_than}, {"keep_last", g.keep_last}}), g.output);
  });
  expire->add_option("--older-than", given.older_than, "30d: younger ones stay")->required();
  expire->add_option("--keep-last", given.keep_last, "so many of the newest stay")->capture_default_str();
  auto* compact = add_client_word(datasets, given, "compact", "make few large files of a dataset's many small ones", [](Client& c, Given& g) {
    return maintain(c, "data.compact", Json::object({{"dataset", g.name}, {"target_mib", g.target_mib}}), g.output);
  });
  compact->add_option("--target-mib", given.target_mib, "of a file; those below half of it are put together")->capture_default_str();
  auto* verify = add_client_word(datasets, given, "verify", "is every file there, with the bytes and rows that the catalog says?",
                                 [](Client& c, Given& g) { return maintain(c, "data.verify", Json::object({{"dataset", g.name}}), g.output); });
  for (auto* word : {expire, compact, verify}) word->add_option("name", given.name, "zone.name")->required();
  add_client_word(datasets, given, "gc", "delete data files that no snapshot has", [](Client& c, Given& g) { return maintain(c, "data.gc", Json::object({{"grace", g.grace}}), g.output); })
      ->add_option("--grace", given.grace, "only files that nobody has needed for so long")->capture_default_str();
}

void add_found_word(CLI::App& app, Given& given) {
  auto& words = given.found;
  auto* history = add_client_word(*app.get_subcommand("quality"), given, "history", "what rules found on the snapshots of a dataset, newest first", [](Client& c, Given& g) { return show_found(c, g.found, g.output); });
  history->add_option("dataset", words.dataset, "zone.name")->required();
  history->add_option("--check", words.check, "a part of the check's name");
  history->add_option("--limit", words.limit, "so many")->capture_default_str();
}

void add_catalog_words(CLI::App& datasets, Given& given) {
  auto& words = given.catalog;
  auto* history = add_client_word(datasets, given, "history", "how a dataset came to be: its snapshots, newest first", [](Client& c, Given& g) { return show_history(c, g.catalog, g.output); });
  history->add_option("--limit", words.limit, "so many snapshots")->capture_default_str();
  auto* diff = add_client_word(datasets, given, "diff", "what changed between two times: columns, files, rows", [](Client& c, Given& g) { return show_diff(c, g.catalog, g.output); });
  diff->add_option("--from", words.from, "snapshot:42, time:2026-11-01T00:00:00Z or run:KEY")->required();
  diff->add_option("--to", words.to, "the same; as it is now when left out");
  auto* read = add_client_word(datasets, given, "read", "rows of a dataset, as it is or as it was", [](Client& c, Given& g) { return show_rows(c, g.catalog, g.output); });
  read->add_option("--columns", words.columns, "a,b,c");
  read->add_option("--where", words.where, "SQL over the columns: quantity > 10");
  read->add_option("--limit", words.limit, "so many rows, at most 1000")->capture_default_str();
  auto* sample = add_client_word(datasets, given, "sample", "any rows of a dataset", [](Client& c, Given& g) { return show_sample(c, g.catalog, g.output); });
  sample->add_option("--rows", words.sample, "how many")->capture_default_str();
  for (auto* word : {read, sample}) word->add_option("--at", words.at, "snapshot:42, time:2026-11-01T00:00:00Z or run:KEY");
  auto* restore = add_client_word(datasets, given, "restore", "make a dataset what it was, as a new snapshot", [](Client& c, Given& g) { return restore_dataset(c, g.catalog, g.output); });
  restore->add_option("--to", words.to, "snapshot:42, time:2026-11-01T00:00:00Z or run:KEY")->required();
  auto* drop = add_client_word(datasets, given, "drop", "drop a dataset; restore brings it back until its snapshots expire", [](Client& c, Given& g) { return drop_dataset(c, g.catalog, g.output); });
  drop->add_flag("--keep-positions", words.keep_positions, "what was loaded is not loaded again");
  auto* files = add_client_word(datasets, given, "register", "take Parquet files into the catalog, each once", [](Client& c, Given& g) { return register_files(c, g.catalog, g.output); });
  for (auto* word : {history, diff, read, sample, restore, drop, files}) word->add_option("name", words.dataset, "zone.name")->required();
  files->add_option("files", words.files, "names or patterns, where the workers are")->required();
}

void add_position_words(CLI::App& app, Given& given) {
  auto& words = given.catalog;
  auto* positions = app.add_subcommand("positions", "up to where sources have been read")->require_subcommand(1);
  add_client_word(*positions, given, "list", "all sources", [](Client& c, Given& g) { return show_sources(c, g.catalog, g.output); })->add_option("--limit", words.limit, "so many")->capture_default_str();
  auto* show = add_client_word(*positions, given, "show", "the positions of a source", [](Client& c, Given& g) { return show_positions(c, g.catalog, g.output); });
  auto* history = add_client_word(*positions, given, "history", "the moves of a source, newest first", [](Client& c, Given& g) { return show_moves(c, g.catalog, g.output); });
  history->add_option("--key", words.key, "of this position only");
  for (auto* word : {show, history}) word->add_option("--limit", words.limit, "so many")->capture_default_str();
  auto* rewind = add_client_word(*positions, given, "rewind", "back to where a run left a source, with the rows that were loaded since", [](Client& c, Given& g) { return rewind_positions(c, g.catalog, g.output); });
  rewind->add_option("--to-run", words.to_run, "a run that moved it")->required();
  auto* reset = add_client_word(*positions, given, "reset", "forget a source, with the rows that were loaded from it", [](Client& c, Given& g) { return rewind_positions(c, g.catalog, g.output); });
  for (auto* word : {rewind, reset}) word->add_flag("--keep-rows", words.keep_rows, "only the positions: what is loaded again is then there twice");
  auto* set = add_client_word(*positions, given, "set", "set one position", [](Client& c, Given& g) { return set_position(c, g.catalog, g.output); });
  for (auto* word : {show, history, rewind, reset, set}) word->add_option("source", words.source, "operator:dataset")->required();
  set->add_option("key", words.key, "a file's path, a key column")->required();
  set->add_option("value", words.value, "JSON, as the source writes it; null: forgotten")->required();
}

void add_list_words(CLI::App& app, Given& given) {
  auto* dags = app.add_subcommand("dags", "what the server can run")->require_subcommand(1);
  add_client_word(*dags, given, "list", "all Dags", [](Client& c, Given& g) { return show_dags(c, g.output); });
  add_client_word(*dags, given, "show", "one Dag", [](Client& c, Given& g) { return show_dag(c, g.name, g.output); })
      ->add_option("name", given.name, "name of the Dag")->required();
  auto* datasets = app.add_subcommand("datasets", "what is in the catalog")->require_subcommand(1);
  add_client_word(*datasets, given, "list", "all datasets", [](Client& c, Given& g) { return show_datasets(c, g.output); });
  add_client_word(*datasets, given, "show", "one dataset, its columns and snapshots", [](Client& c, Given& g) { return show_dataset(c, g.name, g.output); })
      ->add_option("name", given.name, "zone.name")->required();
  add_client_word(*datasets, given, "impact", "what depends on a dataset or a column", [](Client& c, Given& g) { return show_impact(c, g.name, g.output); })
      ->add_option("name", given.name, "zone.name or zone.name.column")->required();
  auto* rerun = add_client_word(app, given, "rerun", "do again what consumed a bad snapshot, and what was made of it", [](Client& c, Given& g) { return rerun_affected(c, g.rerun, g.output); });
  rerun->add_option("--affected-by", given.rerun.snapshot, "number of the snapshot")->required();
  rerun->add_flag("--dry-run", given.rerun.dry_run, "only say which tasks");
  add_maintenance_words(*datasets, given);
  add_catalog_words(*datasets, given);
  add_position_words(app, given);
  auto* workers = app.add_subcommand("workers", "who runs attempts")->require_subcommand(1);
  add_client_word(*workers, given, "list", "all workers", [](Client& c, Given& g) { return show_workers(c, g.output); });
  add_client_word(*workers, given, "drain", "let a worker finish and leave", [](Client& c, Given& g) { return drain_worker(c, g.name, g.output); })
      ->add_option("name", given.name, "name of the worker")->required();
  auto* token = workers->add_subcommand("token", "on the server's machine: a token that lets one worker join a server with --tls");
  token->add_option("--ttl", given.tls.ttl, "how long it is good")->capture_default_str();
  token->callback([&given] { given.code = print_join_token(given.tls, given.output); });
  auto* revoke = workers->add_subcommand("revoke", "on the server's machine: the certificates that a worker or client has are not good any more");
  revoke->add_option("name", given.tls.name, "name of the worker, or client-NAME")->required();
  revoke->callback([&given] { given.code = revoke_worker(given.tls, given.output); });
  auto* certs = app.add_subcommand("certs", "on the server's machine: certificates of a server with --tls")->require_subcommand(1);
  auto* client = certs->add_subcommand("client", "a certificate for the command line, or for another client of gRPC");
  client->add_option("name", given.tls.name, "whose it is; its full name is client-NAME")->required()->check([](const std::string& name) { return tls::is_name("client-" + name) ? "" : "letters, digits, dots, underscores and dashes, please"; });
  client->add_option("--into", given.tls.into, "folder that gets it")->required();
  client->add_option("--life", given.tls.life, "how long it is good")->capture_default_str();
  client->callback([&given] { given.code = make_client_identity(given.tls, given.output); });
  for (auto* word : {token, revoke, client}) word->add_option("--home", given.tls.home, "home of the server")->capture_default_str();
  auto* pools = app.add_subcommand("pools", "limits that tasks of all Dags share")->require_subcommand(1);
  add_client_word(*pools, given, "list", "all pools", [](Client& c, Given& g) { return show_pools(c, g.output); });
  auto* set = add_client_word(*pools, given, "set", "limits of a pool by hand, until they are reset", [](Client& c, Given& g) { return set_pool(c, g.name, g.pool_slots, g.per_second, g.bad, g.output); });
  set->add_option("name", given.name, "the pool")->required();
  set->add_option("--slots", given.pool_slots, "the weights at work at once; 0: nothing more begins");
  set->add_option("--per-second", given.per_second, "attempts that may begin; 0: no limit");
  set->add_flag("--reset", given.bad, "first as pools.yaml says");
  add_client_word(app, given, "operators", "what the server's plugins offer", [](Client& c, Given& g) { return show_operators(c, g.output); });
  auto* release = add_client_word(*app.get_subcommand("plugin"), given, "release", "let a plugin of the server work again that is held back because its attempts crashed", [](Client& c, Given& g) { return release_plugin(c, g.name, g.output); });
  release->add_option("plugin", given.name, "its name, as `millrace operators` shows it")->required();
}

// A word of users, tokens or audit; with --home no server is asked.
CLI::App* add_people_word(CLI::App& parent, Given& given, const std::string& word, const std::string& help, const std::string& verb) {
  auto* app = parent.add_subcommand(word, help);
  add_server_options(*app, given);
  app->add_option("--home", given.people.home, "on the server's machine: its home, whether it runs or not, instead of asking the server");
  app->callback([&given, verb] {
    given.people.verb = verb;
    given.code = given.people.home.empty() ? with_client(given, [](Client& c, Given& g) { return act_on_people(&c, g.people, g.output); }) : act_on_people(nullptr, given.people, given.output);
  });
  return app;
}

void add_people_words(CLI::App& app, Given& given) {
  auto& words = given.people;
  auto* users = app.add_subcommand("users", "who may log in to a server with --auth, and what they may do")->require_subcommand(1);
  add_people_word(*users, given, "list", "all users and their roles", "users.list");
  auto* add = add_people_word(*users, given, "add", "a new user; asks for the password, or reads it from standard input", "users.add");
  add->add_option("--role", words.roles, "viewer, operator, author or admin; for Dags of one label: operator:team=sales")->required();
  auto* remove = add_people_word(*users, given, "remove", "the user is logged out, too", "users.remove");
  auto* grant = add_people_word(*users, given, "grant", "one role more", "users.grant");
  auto* revoke = add_people_word(*users, given, "revoke", "one role less", "users.revoke");
  auto* password = add_people_word(*users, given, "passwd", "a new password; asks for it, or reads it from standard input", "users.password");
  for (auto* word : {add, remove, grant, revoke, password}) word->add_option("name", words.name, "of the user")->required();
  for (auto* word : {grant, revoke}) word->add_option("role", words.role, "for example operator, or operator:team=sales")->required();
  auto* tokens = app.add_subcommand("tokens", "what programs show to a server with --auth")->require_subcommand(1);
  add_people_word(*tokens, given, "list", "all tokens, the revoked ones too", "tokens.list");
  auto* create = add_people_word(*tokens, given, "create", "a new token, printed this once", "tokens.create");
  create->add_option("--scope", words.roles, "a role that it has, for example operator:team=sales")->required();
  create->add_option("--life", words.life, "how long it is good, for example 30d, or \"for ever\"; 90d when left out");
  auto* end = add_people_word(*tokens, given, "revoke", "it is not good any more", "tokens.revoke");
  for (auto* word : {create, end}) word->add_option("name", words.name, "of the token")->required();
  auto* audit = app.add_subcommand("audit", "who did what: log-ins, writes and refusals of a server with --auth")->require_subcommand(1);
  auto* list = add_people_word(*audit, given, "list", "the newest entries", "audit.list");
  auto* search = add_people_word(*audit, given, "search", "the newest entries with a text in their target, outcome or request", "audit.list");
  search->add_option("text", words.text, "as it is written there")->required();
  auto* all = add_people_word(*audit, given, "export", "all entries as JSON, one a line, the oldest first", "audit.export");
  all->add_option("--out", words.out, "a file for them");
  for (auto* word : {list, search, all}) {
    word->add_option("--who", words.who, "only of this one: user:ada, token:ci");
    word->add_option("--verb", words.what, "only this verb, or group of verbs: runs.start, users");
  }
  for (auto* word : {list, search}) word->add_option("--limit", words.limit, "at most so many")->capture_default_str()->check(CLI::Range(1, 1'000));
  auto* verify = add_people_word(*audit, given, "verify", "was an entry changed, removed or moved?", "audit.verify");
  verify->add_option("--head", words.head, "a hash that was noted before: it must still be there");
}

}  // namespace

int main(int argc, char** argv) {
  Given given;
  CLI::App app{"Millrace runs data pipelines written in YAML: nothing stuck, nothing run twice, an answer to every why."};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(kVersion));
  app.fallthrough();
  app.add_flag("--json", given.output.json, "print JSON");
  app.add_flag("--verbose,-v", given.verbose, "log more")->each([](const std::string&) { log::set_level(log::Level::debug); });
  app.add_flag("--quiet,-q", given.quiet, "log errors only")->each([](const std::string&) { log::set_level(log::Level::error); });
  app.footer("Exit codes: 0 fine, 1 it did not go well, 2 wrong command line, 3 no server answers.");
  add_server_word(app, given);
  add_worker_word(app, given);
  add_local_words(app, given);
  add_recipe_words(app, given);
  add_profile_word(app, given);
  add_suggest_word(app, given);
  add_quality_words(app, given);
  add_found_word(app, given);
  add_run_words(app, given);
  add_list_words(app, given);
  add_people_words(app, given);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return given.code;
}
