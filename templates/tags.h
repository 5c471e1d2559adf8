// The tags of a Mustache template, found and checked before the vendor's parser sees the text. What
// passes here is well-formed, shallow and uses only the tags that we allow, so the vendor's parser
// and this scanner cannot read the same text differently.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace jawort {

inline constexpr std::size_t kMaxTemplateBytes = 256 * std::size_t{1024};
inline constexpr int kMaxSectionDepth = 32;

enum class TagKind : std::uint8_t {
  kVariable,   // {{name}}
  kUnescaped,  // {{{name}}}; the caller decides whether that one is reserved for us
  kSection,    // {{#name}}
  kInverted,   // {{^name}}
  kEnd,        // {{/name}}
  kPartial,    // {{> name}}
  kComment,    // {{! … }}
};

struct Tag {
  TagKind kind = TagKind::kVariable;
  std::string name;                // empty for a comment
  std::size_t begin = 0, end = 0;  // of the whole tag in the source, end exclusive
};

// kInvalid with "line N: …": too large, not UTF-8, an unclosed tag, a section that is not closed or
// nested too deeply, a name that cannot be one, {{& }} or set-delimiter tags.
Result<std::vector<Tag>> scan_tags(std::string_view source);

}  // namespace jawort
