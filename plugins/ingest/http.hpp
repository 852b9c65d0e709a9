// ingest.http: a list that a server gives page after page, as JSON, becomes rows of a dataset, all of them each time or what is new.
//
// The greatest value of `key` is the position, committed with the rows; the next run asks for what comes after it. Errors: E4033 and E4035
// (pages), E5030, E5078, E5079 (the server), E5033 (fields that the dataset has not), E5071 (items without a key), those of the session.
#pragma once
#include "sdk/millrace_plugin.hpp"

namespace mr::ingest {

struct Http {
  static constexpr auto type = "ingest.http", version = "1.0.0", summary = "Loads a list that a server gives page after page, as JSON: all of it, or what is new since the last run.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"j([
    {"title": "All pages each time", "config": {"url": "https://api.example.com/shops", "access": {"token": "{{ secret(\"api\") }}"}, "items": ".data", "next": ".paging.next", "into": "raw.shops", "mode": "replace"}},
    {"title": "What has changed since the last run", "config": {"url": "https://api.example.com/orders?per_page=200", "access": {"token": "{{ secret(\"api\") }}"}, "items": ".", "page_parameter": "page",
      "key": "updated_at", "key_parameter": "updated_since", "primary_key": ["id"], "schema": {"id": "BIGINT", "updated_at": "TIMESTAMP", "amount": "DECIMAL(12,2)"}, "into": "raw.orders"}}])j";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "rows_in": {"type": "integer"}, "rows_out": {"type": "integer"}, "rows_rejected": {"type": "integer"}, "bytes": {"type": "integer"}, "dataset": {"type": "string"},
    "rows_known": {"type": "integer", "description": "Items that were loaded before, and left out."}, "pages": {"type": "integer"},
    "position": {"type": "string", "description": "With `key`: its greatest value that is loaded now."}}})";

  struct Config {
    Json access{};
    std::string url{}, items{}, next{}, cursor{}, cursor_parameter{}, page_parameter{}, into{}, key{}, key_parameter{}, mode = "append";
    std::map<std::string, std::string> headers{}, schema{};
    std::vector<std::string> primary_key{};
    int64_t first_page = 1, most_pages = 10'000;
  };
  static constexpr auto config = mr::fields(
      mr::field("url", &Config::url, "The first page; never with a password.").needed().pattern("^https?://").example("https://api.example.com/orders"),
      mr::field("access", &Config::access, "Who asks: {user, password} or {token}, and ca_file, a PEM file of the authorities to trust.").secret(),
      mr::field("headers", &Config::headers, "Headers by name; masked wherever the config is shown.").secret(),
      mr::field("items", &Config::items, "The path of the list in a page, such as .data; a dot when the page is the list. Its items are objects.").needed().example(".data"),
      mr::field("next", &Config::next, "Where the next page is: link (the Link header), or the path of its URL in the page, such as .paging.next."),
      mr::field("cursor", &Config::cursor, "Or the path of a value that asks for the next page, as the parameter that `cursor_parameter` names."),
      mr::field("cursor_parameter", &Config::cursor_parameter, "The URL's parameter that takes the value of `cursor`."),
      mr::field("page_parameter", &Config::page_parameter, "Or the URL's parameter that counts the pages, until one is empty."),
      mr::field("first_page", &Config::first_page, "The number of the first page.").between(0, 1'000'000),
      mr::field("most_pages", &Config::most_pages, "Fails when there are more pages: an end that never comes is a mistake of one side.").between(1, 1'000'000),
      mr::field("into", &Config::into, "The dataset to write.").needed().writes(),
      mr::field("schema", &Config::schema, "Names of the fields to load and their types; else those in the catalog, else as the first items have them."),
      mr::field("key", &Config::key, "A growing field: items above its greatest value so far are appended."),
      mr::field("key_parameter", &Config::key_parameter, "The URL's parameter that asks for items from that value on."),
      mr::field("primary_key", &Config::primary_key, "Fields that, with `key`, tell an item from others with the same value of `key`: then those that come again are left out, and new ones are not."),
      mr::field("mode", &Config::mode, "append keeps what is there; replace takes all items in its place, and goes without `key`.").one_of("append", "replace"));

  void run(const Config& c, mr::Attempt& attempt);
};

}  // namespace mr::ingest
