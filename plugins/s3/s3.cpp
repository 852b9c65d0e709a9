// s3.*: objects of any server that speaks S3, listed, fetched, written, copied, deleted and waited for.
#include <algorithm>
#include <memory>

#include "common/draft.hpp"
#include "common/waiting.hpp"
#include "s3/transfer.hpp"
#include "sdk/millrace_plugin.hpp"

namespace {

using mr::files::absolute;
using mr::s3::Client;

// The fields that all operators have: where the bucket is, and who asks.
template <class C>
constexpr auto place_fields() {
  using Text = std::string;
  return mr::fields(
      mr::field<C, Text>("bucket", &C::bucket, "The bucket.").needed(),
      mr::field<C, Text>("endpoint", &C::endpoint, "The server's URL; AWS of the region when left out.").pattern("^https?://").example("https://s3.example.com:9000"),
      mr::field<C, Text>("region", &C::region, "The bucket's region; servers other than AWS mostly take any."),
      mr::field<C, Text>("style", &C::style, "Where the bucket stands in the URL: path (server/bucket/key), host (bucket.server/key), or auto: host for AWS, path for others.").one_of("auto", "path", "host"),
      mr::field<C, Text>("access_key", &C::access_key, "The access key's id; neither key for a public bucket.").secret(),
      mr::field<C, Text>("secret_key", &C::secret_key, "The secret access key.").secret(),
      mr::field<C, Text>("session_token", &C::session_token, "The session's token, for keys that end.").secret(),
      mr::field<C, Text>("ca_file", &C::ca_file, "A PEM file of the authorities to trust instead of the system's, relative to the Dag's folder."));
}

mr::Failure wrong(const std::string& what, const std::string& field, const std::string& hint) { return {"config", "E4080", what, "config." + field, hint}; }

void check_key(const std::string& key, const std::string& field) {
  if (key.empty() || key.size() > 1024) throw wrong("a key has 1 to 1024 bytes", field, "name an object, such as orders/2026-11-01.csv");
}

constexpr auto kMoved = R"({"type": "object", "properties": {
    "key": {"type": "string"}, "path": {"type": "string", "description": "The file's absolute path."}, "bytes": {"type": "integer"},
    "etag": {"type": "string", "description": "The server's mark of this version."},
    "sha256": {"type": "string", "description": "In hex; of a copy, when the object was written by s3.put."}}})";

void tell(const mr::Attempt& attempt, const mr::s3::Moved& moved) {
  attempt.output("bytes", moved.bytes);
  attempt.output("etag", moved.etag);
  if (!moved.sha256.empty()) attempt.output("sha256", moved.sha256);
}

mr::Json json_of(const mr::s3::Object& one) { return {{"key", one.key}, {"size", one.size}, {"etag", one.etag}, {"modified", one.modified}}; }

struct List {
  static constexpr auto type = "s3.list", version = "1.0.0", summary = "Lists the objects of a bucket whose keys begin with a prefix.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "What a partner has left", "config": {"bucket": "partner", "prefix": "orders/2026-11/", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "objects": {"type": "array", "items": {"type": "object"}, "description": "By key: key, size, etag, modified. Not with `to`."},
    "prefixes": {"type": "array", "items": {"type": "string"}, "description": "With `delimiter`: the beginnings that further keys share."},
    "count": {"type": "integer"}, "bytes": {"type": "integer", "description": "Of all that are listed."},
    "more": {"type": "boolean", "description": "There are more than `most`."},
    "path": {"type": "string", "description": "The file, when `to` names one."}}})";
  struct Config : mr::s3::Place {
    std::string prefix{}, delimiter{}, to{};
    int64_t most = 1000;
  };
  static constexpr auto config = std::tuple_cat(place_fields<Config>(), mr::fields(
      mr::field("prefix", &Config::prefix, "The beginning of the keys; all when left out."),
      mr::field("delimiter", &Config::delimiter, "Keys that have it behind the prefix are not listed but summed up in `prefixes`: with a slash, the list is that of a folder."),
      mr::field("most", &Config::most, "How many objects are listed at most.").between(1, 10'000'000),
      mr::field("to", &Config::to, "A file for the list, an object a line as JSON, for lists that no output can hold; relative to the Dag's folder.")));

  void run(const Config& c, mr::Attempt& attempt) {
    const Client client(c, attempt);
    std::unique_ptr<mr::files::Draft> draft;
    if (!c.to.empty()) draft = std::make_unique<mr::files::Draft>(absolute(attempt, c.to));
    mr::Json objects = mr::Json::array(), prefixes = mr::Json::array();
    int64_t count = 0, bytes = 0;
    bool more = false;
    for (std::string from; !more;) {
      const auto page = client.list(c.prefix, c.delimiter, from);
      for (const auto& one : page.objects) {
        more = count == c.most;
        if (more) break;
        ++count;
        bytes += one.size;
        if (draft != nullptr) draft->write(json_of(one).dump(-1, ' ', false, mr::Json::error_handler_t::replace) + "\n");
        else objects.push_back(json_of(one));
      }
      for (const auto& one : page.prefixes) prefixes.push_back(one);
      from = page.next;
      if (from.empty()) break;
    }
    attempt.output("count", count);
    attempt.output("bytes", bytes);
    attempt.output("more", more);
    if (!c.delimiter.empty()) attempt.output("prefixes", prefixes);
    if (draft == nullptr) return attempt.output("objects", objects);
    draft->keep(0644);
    attempt.output("path", absolute(attempt, c.to));
  }
};

struct Get {
  static constexpr auto type = "s3.get", version = "1.0.0", summary = "Fetches an object into a file, part after part; the file is whole or as before.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "One file", "config": {"bucket": "partner", "key": "orders/1.csv", "to": "landing/orders/1.csv", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}}])";
  static constexpr auto output_schema = kMoved;
  struct Config : mr::s3::Place {
    std::string key{}, to{}, sha256{};
    bool overwrite = true;
    int64_t part_bytes = 16'777'216;
  };
  static constexpr auto config = std::tuple_cat(place_fields<Config>(), mr::fields(
      mr::field("key", &Config::key, "The object.").needed(),
      mr::field("to", &Config::to, "The file, relative to the Dag's folder; missing folders are made.").needed(),
      mr::field("sha256", &Config::sha256, "What its SHA-256 must be, in hex; one that s3.put has written is checked anyway.").pattern("^([0-9a-fA-F]{64})?$"),
      mr::field("overwrite", &Config::overwrite, "Replace a file that is there; false: fail."),
      mr::field("part_bytes", &Config::part_bytes, "How much is asked for at once, and held in memory.").between(1, 1e9)));

  void run(const Config& c, mr::Attempt& attempt) {
    check_key(c.key, "key");
    const auto to = absolute(attempt, c.to);
    mr::files::check_place(to, c.overwrite);
    auto sum = c.sha256;
    std::transform(sum.begin(), sum.end(), sum.begin(), [](char one) { return one >= 'A' && one <= 'F' ? static_cast<char>(one + 32) : one; });
    const Client client(c, attempt);
    tell(attempt, mr::s3::get(client, {.key = c.key, .to = to, .sha256 = sum, .part_bytes = c.part_bytes}, attempt));
    attempt.output("key", c.key);
    attempt.output("path", to);
  }
};

struct Put {
  static constexpr auto type = "s3.put", version = "1.0.0", summary = "Writes a file as an object, in parts when it is large; the object is whole or as before.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([
    {"title": "A report", "config": {"bucket": "reports", "from": "out/report.html", "key": "2026-11/report.html", "content_type": "text/html", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}},
    {"title": "Only if nobody has written it", "config": {"bucket": "reports", "endpoint": "https://s3.example.com:9000", "from": "out/report.html", "key": "final.html", "if_none_match": "*", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}}])";
  static constexpr auto output_schema = kMoved;
  struct Config : mr::s3::Place {
    std::string from{}, key{}, content_type = "application/octet-stream", if_none_match{};
    std::map<std::string, std::string> metadata{};
    int64_t part_bytes = 16'777'216;
  };
  static constexpr auto config = std::tuple_cat(place_fields<Config>(), mr::fields(
      mr::field("from", &Config::from, "The file, relative to the Dag's folder.").needed(),
      mr::field("key", &Config::key, "The object's key.").needed(),
      mr::field("content_type", &Config::content_type, "What it holds."),
      mr::field("metadata", &Config::metadata, "Further facts by name, kept with the object; plain ASCII."),
      mr::field("if_none_match", &Config::if_none_match, "\"*\": fails when the object is there already, unless this very task has written it.").one_of("", "*"),
      mr::field("part_bytes", &Config::part_bytes, "Larger files go up in parts of so many bytes, each held in memory.").between(mr::s3::kLeastPart, 1e9)));

  void run(const Config& c, mr::Attempt& attempt) {
    check_key(c.key, "key");
    const auto plain = [](const std::string& text) { return std::all_of(text.begin(), text.end(), [](char one) { return one >= ' ' && one <= '~'; }); };
    for (const auto& [name, value] : c.metadata) {
      const bool good = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == std::string::npos && plain(value);
      if (!good) throw wrong("'" + name + "' can't be kept with the object", "metadata", "names of letters, digits and hyphens, values of plain ASCII");
    }
    if (!plain(c.content_type)) throw wrong("no content type", "content_type", "such as text/csv");
    const Client client(c, attempt);
    tell(attempt, mr::s3::put(client, {.from = absolute(attempt, c.from), .key = c.key, .content_type = c.content_type.empty() ? "application/octet-stream" : c.content_type, .metadata = c.metadata,
                                       .only_new = c.if_none_match == "*", .part_bytes = c.part_bytes}, attempt));
    attempt.output("key", c.key);
  }
};

struct Copy {
  static constexpr auto type = "s3.copy", version = "1.0.0", summary = "Copies an object inside the server, up to 5 GiB.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Put one aside", "config": {"bucket": "partner", "from": "in/1.csv", "to": "done/1.csv", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}}])";
  static constexpr auto output_schema = kMoved;
  struct Config : mr::s3::Place {
    std::string from{}, from_bucket{}, to{};
  };
  static constexpr auto config = std::tuple_cat(place_fields<Config>(), mr::fields(
      mr::field("from", &Config::from, "The object's key.").needed(),
      mr::field("from_bucket", &Config::from_bucket, "Its bucket, when it is not `bucket`."),
      mr::field("to", &Config::to, "The copy's key, in `bucket`.").needed()));

  void run(const Config& c, mr::Attempt& attempt) {
    check_key(c.from, "from");
    check_key(c.to, "to");
    const Client client(c, attempt);
    tell(attempt, mr::s3::copy(client, c.from_bucket.empty() ? c.bucket : c.from_bucket, c.from, c.to));
    attempt.output("key", c.to);
  }
};

struct Delete {
  static constexpr auto type = "s3.delete", version = "1.0.0", summary = "Deletes one object, or all whose keys begin with a prefix.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Clean up", "config": {"bucket": "partner", "prefix": "tmp/run-7/", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"deleted": {"type": "integer", "description": "Objects that were there; of a single key not known, and 1."}}})";
  struct Config : mr::s3::Place {
    std::string key{}, prefix{};
    int64_t most = 1000;
  };
  static constexpr auto config = std::tuple_cat(place_fields<Config>(), mr::fields(
      mr::field("key", &Config::key, "The object; one that is not there is fine."),
      mr::field("prefix", &Config::prefix, "Or the beginning of the keys of all that are to go."),
      mr::field("most", &Config::most, "With `prefix`: deletes nothing when more than so many have it.").between(1, 1'000'000)));

  void run(const Config& c, mr::Attempt& attempt) {
    if (c.key.empty() == c.prefix.empty()) throw wrong("either a key or a prefix", "key", "an empty prefix would be the whole bucket");
    const Client client(c, attempt);
    if (!c.key.empty()) client.remove(c.key);
    attempt.output("deleted", c.key.empty() ? remove_all(c, client, attempt) : 1);
  }

 private:
  static int64_t remove_all(const Config& c, const Client& client, const mr::Attempt& attempt) {
    std::vector<std::string> keys;
    for (std::string from;;) {
      const auto page = client.list(c.prefix, "", from);
      for (const auto& one : page.objects) keys.push_back(one.key);
      if (std::cmp_greater(keys.size(), c.most)) throw wrong("more than " + std::to_string(c.most) + " objects have the prefix, and none was deleted", "most", "raise `most` if they are all to go");
      from = page.next;
      if (from.empty()) break;
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      client.remove(keys[i]);
      attempt.progress(static_cast<double>(i + 1) / static_cast<double>(keys.size()));
    }
    return static_cast<int64_t>(keys.size());
  }
};

struct Wait {
  static constexpr auto type = "s3.wait", version = "1.0.0", summary = "Waits until an object is there, or as many as asked with a prefix.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "The partner's last file of the day", "config": {"bucket": "partner", "key": "orders/2026-11-01/_SUCCESS", "timeout": "4h", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"count": {"type": "integer"}, "objects": {"type": "array", "items": {"type": "object"}, "description": "With `prefix`: the first 1000, each with key, size, etag, modified."}}})";
  struct Config : mr::s3::Place {
    std::string key{}, prefix{}, timeout = "1h", every = "30s";
    int64_t count = 1;
  };
  static constexpr auto config = std::tuple_cat(place_fields<Config>(), mr::fields(
      mr::field("key", &Config::key, "The object. An object is whole once it is there."),
      mr::field("prefix", &Config::prefix, "Or the beginning of the keys of `count` objects."),
      mr::field("count", &Config::count, "With `prefix`: how many there must be, at least.").between(1, 1'000'000),
      mr::field("timeout", &Config::timeout, "Fails when they are not there after so long: 30m, 2h."),
      mr::field("every", &Config::every, "The time between two looks; each is a request.")));

  void run(const Config& c, mr::Attempt& attempt) {
    using Clock = std::chrono::steady_clock;
    if (c.key.empty() == c.prefix.empty()) throw wrong("either a key or a prefix", "key", "");
    const auto timeout = mr::waiting::duration(c.timeout, "timeout"), every = std::max(mr::waiting::duration(c.every, "every"), mr::waiting::Seconds(0.01));
    const auto give_up = Clock::now() + std::chrono::duration_cast<Clock::duration>(timeout);
    const Client client(c, attempt);
    for (;;) {
      const auto there = c.key.empty() ? with_prefix(c, client) : client.head(c.key) ? std::vector<mr::s3::Object>(1) : std::vector<mr::s3::Object>();
      const auto now = Clock::now();
      if (std::cmp_greater_equal(there.size(), c.key.empty() ? c.count : 1)) return tell_them(c, there, attempt);
      if (now >= give_up) {
        throw mr::Failure("timeout", "E4087", std::to_string(there.size()) + " of " + std::to_string(c.key.empty() ? c.count : 1) + " objects are there after " + c.timeout,
                          client.name_of(c.key + c.prefix), "are they late, or is the key wrong?", false);
      }
      mr::waiting::pause(attempt, std::min<mr::waiting::Seconds>(every, give_up - now));
    }
  }

 private:
  static std::vector<mr::s3::Object> with_prefix(const Config& c, const Client& client) {
    std::vector<mr::s3::Object> all;
    for (std::string from;;) {
      const auto page = client.list(c.prefix, "", from);
      all.insert(all.end(), page.objects.begin(), page.objects.end());
      from = page.next;
      if (from.empty()) return all;
    }
  }

  static void tell_them(const Config& c, const std::vector<mr::s3::Object>& there, const mr::Attempt& attempt) {
    attempt.output("count", there.size());
    if (!c.key.empty()) return;
    mr::Json objects = mr::Json::array();
    for (size_t i = 0; i < std::min<size_t>(there.size(), 1000); ++i) objects.push_back(json_of(there[i]));
    attempt.output("objects", objects);
  }
};

}  // namespace

MR_PLUGIN("s3", "1.0.0", "Apache-2.0", List, Get, Put, Copy, Delete, Wait)
