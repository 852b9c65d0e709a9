// A list that a server gives page after page.
//
// One thread. Throws mr::Failure E4033 (the config, field by field), E4035 (a page without a list, or that leads nowhere), and what `ask`
// and `take` throw.
#pragma once
#include <functional>
#include <string>

#include "http/http_client.hpp"

namespace mr::http {

// How the next page is found: one of next, cursor and page_parameter.
struct Paging {
  std::string items{};                             // the path of the list in a page; "." when the page is the list
  std::string next{};                              // link (the Link header), or the path of the next URL
  std::string cursor{}, cursor_parameter{};        // the path of a value, and the URL's parameter that takes it
  std::string page_parameter{};                    // the URL's parameter that counts pages, until one is empty
  int64_t first_page = 1, most_pages = 100;
};

void check(const Paging& paging);

struct Read {
  int64_t pages = 0, items = 0;
};

// `ask` gives an answer that is fine; each item goes to `take` in its order.
Read read_pages(const Paging& paging, Request request, const std::function<Answer(const Request&)>& ask, const std::function<void(const Json&)>& take);

}  // namespace mr::http
