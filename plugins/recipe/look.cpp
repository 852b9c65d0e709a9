#include "recipe/look.hpp"

#include "data/publish.hpp"
#include "recipe/engine/compile.hpp"
#include "recipe/engine/dataset_task.hpp"
#include "recipe/engine/recipe_writer.hpp"
#include "recipe/engine/trial.hpp"
#include "recipe/source.hpp"

#include "common/draft.hpp"

namespace mr::recipe {
namespace {

mr::Json columns_json(const std::vector<mr::data::ColumnInfo>& columns) {
  mr::Json list = mr::Json::array();
  for (const auto& column : columns) list.push_back({{"name", column.name}, {"type", column.type}});
  return list;
}

mr::Json rows_json(const Picture& picture) {
  mr::Json rows = mr::Json::array();
  for (const auto& row : picture.rows) {
    mr::Json cells = mr::Json::array();
    for (const auto& cell : row.cells) cells.push_back(cell ? mr::Json(*cell) : mr::Json());
    rows.push_back(std::move(cells));
  }
  return rows;
}

mr::Json step_json(const Recipe& recipe, const TriedStep& tried) {
  const Step& step = recipe.steps[static_cast<size_t>(tried.step) - 1];
  mr::Json changed = mr::Json::array();
  for (const auto& [row, column] : tried.changed) changed.push_back({row, column});
  return {{"step", tried.step},
          {"action", step.operation},
          {"text", short_line(step)},
          {"columns", columns_json(tried.after.columns)},
          {"rows", rows_json(tried.after)},
          {"changed", changed},
          {"added", tried.added},
          {"dropped", tried.dropped},
          {"removed", tried.removed},
          {"reshaped", tried.reshaped},
          {"reordered", tried.reordered},
          {"of_sample", tried.of_sample},
          {"notes", tried.notes}};
}

class Looker {
 public:
  Looker(const Look::Config& c, mr::Attempt& attempt)
      : c_(c), attempt_(attempt), recipe_(recipe_of(attempt, c.recipe, c.steps, c.params)) {}

  std::string answer() {
    if (c_.show == "yaml") return to_yaml(recipe_);
    if (c_.show == "json") return to_json(recipe_);
    return (c_.show == "steps" ? steps() : statements())
               .dump(-1, ' ', false, mr::Json::error_handler_t::replace) +
           "\n";
  }

 private:
  // Nothing of this may take long: the beginning of a file of text is enough for `rows`.
  mr::Json steps() {
    Files files = files_of();
    if (files.data.empty() && c_.input.empty())
      throw mr::Failure("config", "E6012", "there is nothing to try the recipe on", "data",
                        "name a file as 'data', or a dataset as 'input'");
    if (!files.data.empty())
      files.data =
          mr::data::head_of_file(files.data, static_cast<size_t>(c_.rows), attempt_.work_folder());
    auto session = open(files);
    session.run("CREATE TEMP TABLE _first AS SELECT * FROM " + relation() + " LIMIT " +
                std::to_string(c_.rows));
    const World world = world_of(session);
    const Trial trial = try_steps(recipe_, "_first", static_cast<size_t>(c_.step), world);
    mr::Json list = mr::Json::array();
    for (const TriedStep& step : trial.steps) list.push_back(step_json(recipe_, step));
    mr::Json answer{{"columns", columns_json(trial.before.columns)},
                    {"rows", rows_json(trial.before)},
                    {"steps", std::move(list)},
                    {"error", mr::Json()}};
    if (trial.error) {
      const auto failure = failure_of(shown_name(c_.recipe), *trial.error);
      answer["error"] = {{"code", failure.code},
                         {"what", failure.what_happened},
                         {"where", failure.where},
                         {"hint", failure.hint}};
    }
    return answer;
  }

  mr::Json statements() {
    const Files files = files_of();
    auto session = open(files);
    World world = world_of(session);
    const bool has_data = !files.data.empty() || !c_.input.empty();
    mr::Json assumed = mr::Json::array();
    Plan plan;
    if (has_data) {
      plan = compile(recipe_, session.describe(relation()), relation(), "result", world);
    } else {
      world.session = nullptr;
      Assumed alone = compile_alone(recipe_, kData, world);
      assumed = columns_json(alone.columns);
      plan = std::move(alone.plan);
    }
    mr::Json list = mr::Json::array();
    for (const Statement& statement : plan.statements)
      list.push_back({{"sql", statement.text()}, {"scan", statement.scan}});
    return {{"steps", recipe_.steps.size()},
            {"scans", plan.scans},
            {"statements", std::move(list)},
            {"columns", columns_json(plan.columns)},
            {"assumed", assumed},
            {"notes", plan.notes}};
  }

  Files files_of() const {
    Files files{.data = c_.data.empty() ? std::string() : attempt_.path(c_.data),
                .types = c_.schema,
                .hasty = true};
    for (const auto& [name, path] : c_.secondary) files.secondary[name] = attempt_.path(path);
    return files;
  }

  std::string relation() const {
    return c_.data.empty() && !c_.input.empty() ? mr::data::relation_of(c_.input)
                                                : std::string(kData);
  }

  mr::data::Session open(const Files& files) {
    const mr::data::Facts facts{attempt_.facts()};
    auto session = mr::data::open_session(facts, mr::data::extensions_for_files(paths_of(files)));
    secondary_ = open_files(session, files);
    add_datasets(secondary_, session, c_.secondary_datasets);
    mr::data::confine(session, facts, paths_of(files));
    return session;
  }

  World world_of(mr::data::Session& session) {
    World world;
    world.session = &session;
    world.secondary = std::exchange(secondary_, {});
    world.secrets = secrets_among(c_.keys);
    world.seed = attempt_.fact("run") + "/" + attempt_.fact("task");
    return world;
  }

  const Look::Config& c_;
  mr::Attempt& attempt_;
  Recipe recipe_;
  std::map<std::string, Dataset> secondary_{};
};

}  // namespace

void Look::run(const Config& c, mr::Attempt& attempt) {
  as_failure(shown_name(c.recipe), [&] {
    const std::string out = mr::files::absolute(attempt, c.out);
    mr::files::check_place(out, true);
    const std::string answer =
        c.show == "task" ? dataset_task(text_of_file(attempt.path(c.recipe), c.recipe), c.recipe)
                         : Looker(c, attempt).answer();
    mr::files::Draft draft(out);
    draft.write(answer);
    draft.keep(0644);
    attempt.output("path", out);
  });
}

}  // namespace mr::recipe
