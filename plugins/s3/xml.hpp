// The little of XML that S3's answers need: elements by name, and their text. No attributes, no namespaces, nothing resolved.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mr::s3 {

// What stands between each <name> and its </name>, as it is.
std::vector<std::string> elements(std::string_view xml, const std::string& name);

// The text of the first <name>; empty: there is none.
std::string text_of(std::string_view xml, const std::string& name);

std::string decoded(std::string_view text);  // &lt; becomes <
std::string encoded(std::string_view text);

}  // namespace mr::s3
