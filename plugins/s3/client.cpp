#include "s3/client.hpp"

#include <algorithm>

#include "common/digest.hpp"
#include "common/draft.hpp"
#include "common/waiting.hpp"
#include "s3/xml.hpp"

namespace mr::s3 {
namespace {

constexpr int kMostTries = 4;
constexpr double kFirstPause = 0.2, kLongestPause = 5;  // seconds
constexpr double kTimeout = 300;                        // of one call: a part of some megabytes on a slow line

Failure wrong(const std::string& what, const std::string& field, const std::string& hint) { return {"config", "E4080", what, "config." + field, hint}; }

std::string sha256(const std::string& body) {
  digest::Digest sum("sha256");
  sum.add(body);
  return sum.hex();
}

bool one_of(const std::string& text, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* one) { return text == one; });
}

// %XX, and + for a space, as S3 writes keys when asked for encoding-type=url.
std::string from_url(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto hex = text[at] == '%' && at + 2 < text.size() ? text.substr(at + 1, 2) : "";
    if (!hex.empty() && hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
      out += static_cast<char>(std::stoi(hex, nullptr, 16));
      at += 2;
    } else {
      out += text[at] == '+' ? ' ' : text[at];
    }
  }
  return out;
}

}  // namespace

Failure failure_of(int status, const std::string& body, const std::string& where) {
  const auto code = text_of(body, "Code"), message = text_of(body, "Message").substr(0, 200);
  const auto said = "S3 answered " + std::to_string(status) + (code.empty() ? "" : " " + code) + (message.empty() ? "" : ": " + message);
  if (http::is_passing(status) || one_of(code, {"SlowDown", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict", "InternalError", "ServiceUnavailable"})) {
    return {"transient", "E4082", said, where, "it passes, or the server is asked for too much at once", false};
  }
  if (status == 401 || status == 403 || status == 301 || status == 307 || one_of(code, {"AuthorizationHeaderMalformed", "InvalidToken", "ExpiredToken", "PermanentRedirect"})) {
    return {"config", "E4081", said, where, "are the keys right, may they do this, and is `region` the bucket's? The worker's clock must be right too"};
  }
  if (code == "NoSuchBucket") return {"config", "E4083", "there is no such bucket", where, "check `bucket` and `endpoint`"};
  if (status == 404) return {"data", "E4083", "there is no such object", where, "check the key; s3.wait waits for one"};
  if (status == 412 || status == 304) return {"data", "E4084", status == 412 ? "the object is there already, or has changed" : said, where, "leave `if_none_match` out to replace it"};
  return {"data", "E4085", said, where, "the message is the server's own"};
}

Client::Client(Place place, const Attempt& attempt) : place_(std::move(place)), attempt_(attempt) {
  if (place_.bucket.empty() || place_.bucket.find_first_of("/?#@: \r\n") != std::string::npos) throw wrong("'" + place_.bucket + "' is no name of a bucket", "bucket", "letters, digits, dots and hyphens");
  if (place_.access_key.empty() != place_.secret_key.empty()) throw wrong("one key without the other", "secret_key", "give `access_key` and `secret_key`, or neither for a public bucket");
  if (!place_.session_token.empty() && place_.access_key.empty()) throw wrong("a session token without keys", "session_token", "give `access_key` and `secret_key`");
  if (place_.region.empty() || place_.region.find_first_of(":/ \r\n") != std::string::npos) throw wrong("no region", "region", "such as us-east-1; other servers take any");
  if (!place_.ca_file.empty()) files::plain_file(place_.ca_file = files::absolute(attempt, place_.ca_file));
  const bool is_aws = place_.endpoint.empty();
  const auto url = is_aws ? "https://s3." + place_.region + ".amazonaws.com" : place_.endpoint;
  const auto colon = url.find("://");
  if (colon == std::string::npos || (url.substr(0, colon) != "https" && url.substr(0, colon) != "http") || url.find_first_of("?#@ \r\n") != std::string::npos) {
    throw wrong("the endpoint is no URL of a server", "endpoint", "such as https://s3.example.com:9000");
  }
  const auto slash = std::min(url.find('/', colon + 3), url.size());
  scheme_ = url.substr(0, colon + 3);
  host_ = url.substr(colon + 3, slash - colon - 3);
  base_ = url.substr(slash);
  while (base_.ends_with('/')) base_.pop_back();
  // A bucket's name with a dot doesn't fit the wildcard of a certificate.
  const bool in_host = place_.style == "host" || (place_.style == "auto" && is_aws && place_.bucket.find('.') == std::string::npos);
  if (in_host) host_ = place_.bucket + "." + host_;
  else base_ += "/" + place_.bucket;
}

std::string Client::url_of(const Call& call) const {
  auto pairs = call.query;
  std::sort(pairs.begin(), pairs.end());  // a signature is of the sorted ones
  std::string query;
  for (const auto& [name, value] : pairs) query += (query.empty() ? "?" : "&") + http::escaped(name) + "=" + http::escaped(value);
  return scheme_ + host_ + base_ + (call.key.empty() ? (base_.empty() ? "/" : "") : "/" + http::escaped(call.key, true)) + query;
}

http::Answer Client::ask_once(const Call& call) const {
  http::Request request{.method = call.method, .url = url_of(call), .body = call.body, .headers = call.headers};
  request.headers["X-Amz-Content-Sha256"] = sha256(call.body);  // S3 wants it as a header too, which libcurl leaves to us
  if (!place_.access_key.empty()) request.credentials = {.user = place_.access_key, .password = place_.secret_key, .sign_for = "aws:amz:" + place_.region + ":s3"};
  if (!place_.session_token.empty()) request.headers["X-Amz-Security-Token"] = place_.session_token;
  request.tls.ca_file = place_.ca_file;
  request.timeout_seconds = call.even_when_cancelled ? 10 : kTimeout;
  request.most_body = call.most_body;
  request.follow = false;
  request.path_as_is = true;
  return http::send(request, [&] { return !call.even_when_cancelled && attempt_.cancelled(); });
}

http::Answer Client::ask(const Call& call) const {
  double pause = kFirstPause;
  for (int tries = 1;; ++tries) {
    std::optional<Failure> failed;
    std::optional<http::Answer> answer;
    try {
      answer = ask_once(call);
      // Some calls are answered by 200 before the work is done, and the failure follows in the body.
      const bool good = answer->status / 100 == 2 && (call.method == "GET" || call.method == "HEAD" || answer->body.find("<Error>") == std::string::npos);
      if (good) return *std::move(answer);
      failed = failure_of(answer->status / 100 == 2 ? 500 : answer->status, answer->body, name_of(call.key));
    } catch (const Failure& failure) {
      failed = failure;
    }
    if (answer) failed = http::patient(*std::move(failed), *answer);
    if (failed->final || tries == kMostTries || call.even_when_cancelled) throw *failed;
    const auto asked = answer ? http::wait_asked(*answer) : std::nullopt;
    attempt_.info(failed->what_happened + "; trying again");
    waiting::pause(attempt_, waiting::Seconds(asked ? std::min(static_cast<double>(asked->count()), kLongestPause) : pause));
    pause *= 2;
  }
}

std::optional<http::Answer> Client::head(const std::string& key) const {
  try {
    return ask({.method = "HEAD", .key = key});
  } catch (const Failure& failure) {
    if (failure.code != "E4083") throw;
    return std::nullopt;
  }
}

Page Client::list(const std::string& prefix, const std::string& delimiter, const std::string& from) const {
  Call call{.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", prefix}}};
  if (!delimiter.empty()) call.query.emplace_back("delimiter", delimiter);
  if (!from.empty()) call.query.emplace_back("continuation-token", from);
  const auto answer = ask(call);
  const auto& xml = answer.body;
  const bool in_url_letters = text_of(xml, "EncodingType") == "url";
  const auto key_of = [&](const std::string& part, const char* name) { return in_url_letters ? from_url(text_of(part, name)) : text_of(part, name); };
  Page page;
  for (const auto& part : elements(xml, "Contents")) {
    auto etag = text_of(part, "ETag");
    etag.erase(std::remove(etag.begin(), etag.end(), '"'), etag.end());
    page.objects.push_back({.key = key_of(part, "Key"), .etag = etag, .modified = text_of(part, "LastModified"), .size = std::strtoll(text_of(part, "Size").c_str(), nullptr, 10)});
  }
  for (const auto& part : elements(xml, "CommonPrefixes")) page.prefixes.push_back(key_of(part, "Prefix"));
  if (text_of(xml, "IsTruncated") == "true") page.next = text_of(xml, "NextContinuationToken");
  if (xml.find("ListBucketResult") == std::string::npos) throw Failure("config", "E4085", "the answer is no list of objects", name_of(prefix), "does `endpoint` lead to a server that speaks S3?");
  return page;
}

void Client::remove(const std::string& key) const { ask({.method = "DELETE", .key = key}); }

}  // namespace mr::s3
