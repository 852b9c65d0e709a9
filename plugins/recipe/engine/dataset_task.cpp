#include "recipe/engine/dataset_task.hpp"

#include <cctype>
#include <nlohmann/json.hpp>
#include <vector>

#include "recipe/engine/recipe.hpp"
#include "recipe/engine/recipe_text.hpp"

namespace mr::recipe {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what, const std::string& where, const std::string& hint) { throw RecipeError("E6015", what, where, hint); }

// The member, or null; YAML's scalars are all texts.
json member(const json& object, const char* name) { return object.is_object() && object.contains(name) ? object.at(name) : json(); }

std::string text(const json& object, const char* name) {
  const json value = member(object, name);
  return value.is_string() ? value.get<std::string>() : value.is_null() ? std::string() : value.dump();
}

// Names of tasks and datasets: small letters, digits, underscores.
std::string identifier(const std::string& name) {
  std::string id;
  for (const char c : name) id += std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '_';
  return id.empty() || std::isdigit(static_cast<unsigned char>(id[0])) != 0 ? "d_" + id : id;
}

struct Task {
  std::vector<std::string> comments{};
  std::vector<std::pair<std::string, std::string>> config{};

  void set(const std::string& key, const json& value) { config.emplace_back(key, value.dump()); }
};

// `<regex>` and `{parameter}` stand for what differs from file to file.
std::string pattern_of(const std::string& key) {
  std::string pattern;
  char end = 0;
  for (const char c : key) {
    if (end != 0) {
      end = c == end ? '\0' : end;
    } else if (c == '<' || c == '{') {
      end = c == '<' ? '>' : '}';
      if (!pattern.ends_with('*')) pattern += '*';
    } else {
      pattern += c;
    }
  }
  return pattern.empty() || pattern.ends_with('/') ? pattern + "*" : pattern;
}

void read_place(const json& dataset, const std::string& where, Task& task) {
  const json input = member(dataset, "Input"), bucket = member(input, "S3InputDefinition");
  if (!bucket.is_object() || text(bucket, "Bucket").empty()) {
    refuse("the dataset's Input has no S3InputDefinition with a Bucket", where, "tables of a database are loaded by ingest.sql");
  }
  task.set("from", "s3://" + text(bucket, "Bucket") + "/" + pattern_of(text(bucket, "Key")));
}

std::string format_of(const json& dataset, const std::string& where) {
  std::string format = text(dataset, "Format");
  if (format.empty()) {
    for (const auto& [option, key] : {std::pair{"Csv", "CSV"}, {"Json", "JSON"}, {"Excel", "EXCEL"}}) {
      if (member(member(dataset, "FormatOptions"), option).is_object()) format = key;
    }
  }
  if (format.empty()) refuse("the dataset has no Format", where, "CSV, JSON, PARQUET or EXCEL");
  return format;
}

void read_header(const json& options, Task& task) {
  const std::string header = text(options, "HeaderRow");
  if (header != "false" && header != "False") return;
  task.set("header", false);
  task.comments.push_back("There is no header: name the columns by `columns`.");
}

void read_csv(const json& options, const std::string& where, Task& task) {
  task.set("format", "csv");
  const std::string delimiter = text(options, "Delimiter");
  if (delimiter.size() > 1) refuse("the Delimiter is not one character", where, "one of , : ; | tab ^ \\ and the blank");
  if (!delimiter.empty()) task.set("delimiter", delimiter);
  read_header(options, task);
}

void read_excel(const json& options, const std::string& where, Task& task) {
  task.set("format", "excel");
  const json names = member(options, "SheetNames"), indexes = member(options, "SheetIndexes");
  if (names.is_array() && names.size() == 1 && names[0].is_string()) task.set("sheet", names[0]);
  const bool first = indexes.is_null() || (indexes.is_array() && indexes.size() == 1 && (indexes[0] == 0 || indexes[0] == "0"));
  if (!first) refuse("SheetIndexes names another sheet than the first by its number", where, "name it by SheetNames");
  read_header(options, task);
}

void read_format(const json& dataset, const std::string& where, Task& task) {
  const std::string format = format_of(dataset, where);
  const json options = member(dataset, "FormatOptions");
  if (format == "CSV") return read_csv(member(options, "Csv"), where, task);
  if (format == "EXCEL") return read_excel(member(options, "Excel"), where, task);
  if (format == "PARQUET") return task.set("format", "parquet");
  if (format != "JSON") refuse("files of the format " + format + " can't be loaded", where, "CSV, JSON, PARQUET or EXCEL");
  const std::string lines = text(member(options, "Json"), "MultiLine");
  task.set("format", lines == "true" || lines == "True" ? "json" : "ndjson");
}

// A condition in words of its own, its values in their places.
std::string condition_of(const json& condition) {
  std::string words = text(condition, "Expression");
  const json values = member(condition, "ValuesMap");
  for (const auto& [name, value] : values.items()) {
    if (const size_t at = words.find(name); at != std::string::npos) words.replace(at, name.size(), value.is_string() ? value.get<std::string>() : value.dump());
  }
  return words;
}

void read_paths(const json& options, const std::string& where, Task& task) {
  const json parameters = member(options, "Parameters");
  for (const auto& [name, parameter] : parameters.items()) {
    const json filter = member(parameter, "Filter"), date = member(parameter, "DatetimeOptions");
    std::string comment = "{" + name + "} of the path" + (date.is_object() ? ", a date as " + text(date, "Format") + "," : "") + " is a *";
    if (filter.is_object()) comment += "; files were taken where it is: " + condition_of(filter) + ". Here each file is loaded once, so a run takes what is new";
    if (text(parameter, "CreateColumn") == "true") comment += "; it was a column, too: derive it from the file's name (on_change: reload keeps that in _file)";
    task.comments.push_back(comment + ".");
  }
  if (const json modified = member(options, "LastModifiedDateCondition"); modified.is_object()) {
    task.comments.push_back("Files were taken when last modified: " + condition_of(modified) + ". Here each file is loaded once, so a run takes what is new.");
  }
  const json limit = member(options, "FilesLimit");
  if (!limit.is_object()) return;
  const json most = json::parse(text(limit, "MaxFiles"), nullptr, false);
  if (!most.is_number_integer() || most < 1) refuse("MaxFiles of the FilesLimit is not a whole number from 1", where, "leave the limit out, or give how many files to take");
  task.set("max_files", most);
  task.comments.push_back("The " + std::string(text(limit, "Order") == "ASCENDING" ? "oldest" : "newest") + " files were taken, the same ones again each time; here a run takes at most so many that it has not loaded yet.");
}

}  // namespace

std::string dataset_task(std::string_view source, const std::string& name) {
  const json dataset = tree_of(source, name);
  if (!dataset.is_object() || text(dataset, "Name").empty()) refuse("is no dataset: an object with Name, Format and Input", name, "as describe-dataset prints it");
  const std::string id = identifier(text(dataset, "Name"));
  Task task;
  read_place(dataset, name, task);
  read_format(dataset, name, task);
  task.set("into", "raw." + id);
  read_paths(member(dataset, "PathOptions"), name, task);
  std::string yaml;
  for (const std::string& comment : task.comments) {
    yaml += "  # ";
    for (const char c : comment) yaml += c == '\n' || c == '\r' ? ' ' : c;
    yaml += "\n";
  }
  yaml += "  " + id + ":\n    uses: ingest.files\n    with:\n";
  for (const auto& [key, value] : task.config) yaml += "      " + key + ": " + value + "\n";
  return yaml;
}

}  // namespace mr::recipe
