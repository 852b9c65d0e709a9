#include "ingest/web.hpp"

#include <map>

#include "common/draft.hpp"

namespace mr::ingest {

WebAccess web_access(const std::string& url, const Json& access, const mr::Attempt& attempt) {
  const auto wrong = [&](const std::string& what, const std::string& hint) { return mr::Failure("config", "E5078", what, http::without_secrets(url), hint); };
  const auto at = url.find("://");
  if (at == std::string::npos) throw wrong("this is no URL", "write https://host/file");
  if (url.substr(at + 3, url.find_first_of("/?#", at + 3) - at - 3).find('@') != std::string::npos) throw wrong("the URL holds a user or a password", "write them into `access`: {user: …, password: …}");
  WebAccess found;
  if (access.is_null()) return found;
  if (!access.is_object()) throw wrong("`access` is no map", "write {user: …, password: …} or {token: …}");
  const std::map<std::string, std::string*> words{{"user", &found.credentials.user}, {"password", &found.credentials.password}, {"token", &found.credentials.token}, {"ca_file", &found.ca_file}};
  for (const auto& [word, value] : access.items()) {
    const auto known = words.find(word);
    if (known == words.end() || !value.is_string()) throw wrong("`access` of a web server has no text called " + word, "user, password, token, ca_file");
    *known->second = value.get<std::string>();
  }
  if (!found.ca_file.empty()) files::plain_file(found.ca_file = files::absolute(attempt, found.ca_file));
  return found;
}

http::Answer good(http::Answer answer, const std::string& name) {
  if (answer.status / 100 == 2) return answer;
  if (answer.status == 404 || answer.status == 410) throw mr::Failure("transient", "E5030", "the object is not there", name, "it may arrive later", false);
  const auto said = "the server answered " + std::to_string(answer.status);
  if (http::is_passing(answer.status)) throw http::patient({"transient", "E5079", said, name, "it passes, or the server is asked for too much at once", false}, answer);
  throw mr::Failure("config", "E5079", said, name, answer.status == 401 || answer.status == 403 ? "is `access` right, and may this user do it?" : "does the URL lead where it should?");
}

}  // namespace mr::ingest
