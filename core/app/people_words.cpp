#include "app/people_words.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "api/people_doors.hpp"
#include "app/table.hpp"
#include "base/text.hpp"
#include "tls/private_file.hpp"

namespace millrace {
namespace {

// Letters that are typed are not shown while it lives.
class Unseen {
 public:
  Unseen() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios unseen = before_;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
  }
  ~Unseen() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cerr << '\n';
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
};

std::string asked(const char* prompt) {
  std::cerr << prompt << std::flush;
  const Unseen unseen;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

Result<std::string> new_password() {
  if (::isatty(STDIN_FILENO) == 0) {
    std::string line;
    std::getline(std::cin, line);
    return line;
  }
  auto first = asked("New password: ");
  if (first != asked("The same again: ")) return Error{.code = "E8030", .what = "the two are not the same", .where = "password", .hint = "try again"};
  return first;
}

Json texts(const std::vector<std::string>& given) {
  Json list = Json::array();
  for (const auto& one : given) list.push(one);
  return list;
}

// What the words ask, as proto/api.proto has it.
Result<Json> question(const PeopleWords& words) {
  Json asks = Json::object({{"name", words.name}, {"who", words.who}, {"verb", words.what}, {"text", words.text}, {"head", words.head}, {"limit", words.limit}});
  if (words.verb == "users.grant" || words.verb == "users.revoke") asks.set("roles", texts({words.role}));
  else if (words.verb == "users.add") asks.set("roles", texts(words.roles));
  else if (words.verb == "tokens.create") asks.set("scopes", texts(words.roles));
  if (!words.life.empty()) asks.set("life", words.life);
  if (words.verb == "users.add" || words.verb == "users.password") {
    auto password = new_password();
    if (!password) return password.error();
    asks.set("password", *std::move(password));
  }
  asks.set("newest_first", words.verb == "audit.list");
  return asks;
}

Result<Json> answer_at_home(Doorkeeper& doors, const std::string& verb, const Caller& caller, const Json& asks) {
  const auto& name = asks["name"].as_text();
  if (verb == "users.list") return list_users(doors);
  if (verb == "users.add") return add_user(doors, asks);
  if (verb == "users.remove") return remove_user(doors, name);
  if (verb == "users.grant") return grant_role(doors, name, asks["roles"].at(0).as_text());
  if (verb == "users.revoke") return revoke_role(doors, name, asks["roles"].at(0).as_text());
  if (verb == "users.password") return set_password(doors, name, asks["password"].as_text());
  if (verb == "tokens.list") return list_tokens(doors);
  if (verb == "tokens.create") return create_token(doors, caller, asks);
  if (verb == "tokens.revoke") return revoke_token(doors, name);
  if (verb == "audit.verify") return verify_audit(doors, asks["head"].as_text());
  return audit_page(doors, {.after = asks["after"].as_int(), .newest_first = asks["newest_first"].as_bool(), .who = asks["who"].as_text(), .verb = asks["verb"].as_text(), .text = asks["text"].as_text(),
                            .limit = static_cast<int>(asks["limit"].as_int())});
}

// Who may write the home's files may do this anyway; that it was done stands in the audit log all the same.
Result<Json> ask_home(const std::string& home, const std::string& verb, const Json& asks) {
  auto store = AuthStore::open(home + "/millrace.db");
  if (!store) return store.error();
  const SystemClock clock;
  Doorkeeper doors(**store, clock);
  const Caller caller{.who = "home:" + std::to_string(::getuid())};
  auto answer = answer_at_home(doors, verb, caller, asks);
  if (!verb.starts_with("audit.") && !verb.ends_with(".list")) doors.done(caller, verb, asks["name"].as_text(), answer ? "done" : "failed " + answer.error().code);
  return answer;
}

Result<Json> ask(Client* client, const PeopleWords& words, const Json& asks) { return client == nullptr ? ask_home(words.home, words.verb, asks) : client->people(words.verb, asks); }

std::string cell(const Json& value) {
  if (!value.is_array()) return value.is_text() ? value.as_text() : value.is_null() ? "" : value.dump();
  std::vector<std::string> parts;
  for (const auto& one : value.items()) parts.push_back(one.as_text());
  return join(parts, ", ");
}

void print_items(const Json& items, const std::vector<std::string>& columns) {
  TextTable table{.columns = columns};
  for (const auto& item : items.items()) {
    auto& row = table.rows.emplace_back();
    for (const auto& column : columns) row.push_back(cell(item[column]));
  }
  std::cout << table.to_string();
}

void print_answer(const std::string& verb, const Json& answer) {
  if (verb == "users.list") return print_items(answer["items"], {"name", "roles", "created"});
  if (verb == "tokens.list") return print_items(answer["items"], {"name", "scopes", "state", "made_by", "created", "ends"});
  if (verb == "audit.list") return print_items(answer["items"], {"number", "time", "who", "from", "verb", "target", "outcome", "request"});
  if (verb == "tokens.create") {
    std::cout << answer["token"].as_text() << std::endl;  // alone, so that it can be sent to a file
    std::cerr << "this once; good " << (answer["ends"].is_null() ? "for ever" : "until " + answer["ends"].as_text()) << ", for " << cell(answer["scopes"]) << std::endl;
    return;
  }
  std::cout << answer["name"].as_text() << ": " << (answer["state"].is_text() ? answer["state"].as_text() : cell(answer["roles"])) << std::endl;
}

// All of it, one entry a line; a file is whole or as before.
int export_audit(Client* client, const PeopleWords& words, Output output) {
  auto asks = question(words);
  if (!asks) return report(asks.error(), output);
  asks->set("limit", 1'000);
  std::string text;
  for (;;) {
    const auto page = ask(client, words, *asks);
    if (!page) return report(page.error(), output);
    for (const auto& entry : (*page)["items"].items()) text += entry.dump() + "\n";
    if ((*page)["next"].is_null()) break;
    asks->set("after", whole_number((*page)["next"].as_text()).value_or(0));
  }
  if (words.out.empty()) {
    std::cout << text << std::flush;
    return 0;
  }
  const auto written = write_text(words.out, text);
  return written ? 0 : report(written.error(), output);
}

int print_check(const Json& answer, Output output) {
  const bool good = answer["good"].as_bool();
  if (output.json) std::cout << answer.dump(2) << '\n';
  else if (good) std::cout << "the audit log is whole: " << answer["entries"].as_int() << " entries; its head is " << answer["head"].as_text() << '\n';
  if (good || output.json) return good ? 0 : 1;
  const Json& problem = answer["problem"];
  return report({.code = problem["code"].as_text(), .what = problem["what"].as_text(), .where = problem["where"].as_text(), .hint = problem["hint"].as_text()}, output);
}

}  // namespace

int act_on_people(Client* client, const PeopleWords& words, Output output) {
  if (words.verb == "audit.export") return export_audit(client, words, output);
  const auto asks = question(words);
  if (!asks) return report(asks.error(), output);
  const auto answer = ask(client, words, *asks);
  if (!answer) return report(answer.error(), output);
  if (words.verb == "audit.verify") return print_check(*answer, output);
  if (output.json) std::cout << answer->dump(2) << '\n';
  else print_answer(words.verb, *answer);
  return 0;
}

Result<std::string> own_token() {
  if (const char* given = std::getenv("MILLRACE_TOKEN"); given != nullptr && *given != '\0') return std::string(trim(given));
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if ((config == nullptr || *config == '\0') && home == nullptr) return std::string();
  const std::string path = (config != nullptr && *config != '\0' ? std::string(config) : std::string(home) + "/.config") + "/millrace/token";
  if (::access(path.c_str(), F_OK) != 0) return std::string();
  auto text = tls::read_private(path);
  if (!text) return text.error();
  return std::string(trim(*text));
}

}  // namespace millrace
