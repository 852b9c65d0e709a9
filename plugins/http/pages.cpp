#include "http/pages.hpp"

#include <set>

#include "http/json_path.hpp"

namespace mr::http {
namespace {

Failure no_page(const std::string& what, const Answer& answer, const std::string& hint) { return {"data", "E4035", what, without_secrets(answer.url), hint}; }

void refuse_if(bool wrong, const char* what, const char* field, const char* hint) {
  if (wrong) throw Failure("config", "E4033", what, std::string("config.") + field, hint);
}

std::string value_at(const std::string& path, const char* field, const Answer& answer, const Json& page) {
  const auto* found = JsonPath(path, field).find(page);
  if (found == nullptr || found->is_null() || *found == false) return "";
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number_integer()) return found->dump();
  throw no_page(path + " is neither a text nor a whole number", answer, "`next` or `cursor` names the path of what asks for the next page");
}

// The next page's URL; empty: this is the last.
std::string next_of(const Paging& paging, const std::string& first, const Answer& answer, const Json& page) {
  if (!paging.cursor.empty()) {
    const auto cursor = value_at(paging.cursor, "cursor", answer, page);
    return cursor.empty() ? "" : with_parameter(first, paging.cursor_parameter, cursor);
  }
  const auto link = paging.next == "link" ? next_link(answer) : value_at(paging.next, "next", answer, page);
  if (link.empty()) return "";
  const auto url = resolved(answer.url, link);
  // Another host would get our headers and credentials.
  if (url.empty() || !same_origin(url, first)) throw no_page("the next page is no URL of the same server", answer, "ask that server in a task of its own");
  return url;
}

}  // namespace

void check(const Paging& paging) {
  JsonPath(paging.items, "items");
  if (!paging.next.empty() && paging.next != "link") JsonPath(paging.next, "next");
  if (!paging.cursor.empty()) JsonPath(paging.cursor, "cursor");
  const int ways = (paging.next.empty() ? 0 : 1) + (paging.cursor.empty() ? 0 : 1) + (paging.page_parameter.empty() ? 0 : 1);
  refuse_if(ways != 1, "pages are found by `next`, by `cursor` or by their number", "next", "give one of them");
  refuse_if(paging.cursor.empty() != paging.cursor_parameter.empty(), "`cursor` and `cursor_parameter` go together", "cursor", "");
}

Read read_pages(const Paging& paging, Request request, const std::function<Answer(const Request&)>& ask, const std::function<void(const Json&)>& take) {
  const auto first = request.url;
  if (!paging.page_parameter.empty()) request.url = with_parameter(first, paging.page_parameter, std::to_string(paging.first_page));
  Read read;
  for (std::set<std::string> asked{request.url}; !request.url.empty();) {
    const auto answer = ask(request);
    const auto page = Json::parse(answer.body, nullptr, false);
    const auto* list = page.is_discarded() ? nullptr : JsonPath(paging.items, "items").find(page);
    if (page.is_discarded()) throw no_page(answer.cut ? "the page is longer than 16 MiB" : "the page is not JSON", answer, "ask for smaller pages, or for JSON");
    if (list == nullptr || !list->is_array()) throw no_page("the page has no list at " + paging.items, answer, "`items` names the path of the list");
    for (const auto& item : *list) take(item);
    read.items += static_cast<int64_t>(list->size());
    ++read.pages;
    if (paging.page_parameter.empty()) request.url = next_of(paging, first, answer, page);
    else request.url = list->empty() ? "" : with_parameter(first, paging.page_parameter, std::to_string(paging.first_page + read.pages));
    if (read.pages == paging.most_pages && !request.url.empty()) throw no_page("there are more pages than " + std::to_string(paging.most_pages), answer, "raise `most_pages`, or ask for larger pages");
    if (!request.url.empty() && !asked.insert(request.url).second) throw no_page("the page leads back to one that was read", answer, "does the other side understand the cursor?");
  }
  return read;
}

}  // namespace mr::http
