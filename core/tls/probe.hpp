// Why a server did not answer: does it speak TLS where we did not, or the other way round? Asked only after a call failed.
//
// Any thread; takes seconds at most, and says nothing of worth. Errors: E3107, E3108.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millrace::tls {

// Not well: the server at this address speaks, but not as we do.
Status explain_silence(const std::string& address, bool we_speak_tls);
// The error that gRPC's text carries, of our own checks at either end.
std::optional<Error> error_in(std::string_view text, const std::string& where);

}  // namespace millrace::tls
