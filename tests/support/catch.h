#pragma once

// The one door to Catch2. Debian 12 has version 2 (one header), Debian 13 version 3 (many headers).
// Tests are written in the words of version 3.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <string>

#include <catch2/catch.hpp>

namespace Catch::Matchers {

inline auto ContainsSubstring(const std::string& text) { return Contains(text); }

}  // namespace Catch::Matchers
#endif
