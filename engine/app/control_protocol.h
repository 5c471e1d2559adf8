// What goes over the control socket. A frame is a type byte, a length (32 bits, big-endian) and so
// many bytes. The client sends one 'i' frame (an invocation as JSON); the server answers with 't'
// (taken) at once, any number of 'o' (standard output) and 'e' (standard error) frames, and one 'x'
// (exit status).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/app/invocation.h"
#include "engine/base/result.h"

namespace jawort {

inline constexpr std::size_t kControlRequestLimit = 32U * 1024U * 1024U;
inline constexpr std::size_t kControlChunk = 64U * 1024U;

// kInvalid where a text is not UTF-8.
Result<std::string> encode_invocation(const Invocation& invocation);
// kRefused when the other side is another version of the program; kInvalid for anything else that
// encode_invocation does not write.
Result<Invocation> decode_invocation(std::string_view json);

std::string frame_header(char type, std::size_t length);  // 5 bytes

struct FrameHeader {
  char type = 0;
  std::uint32_t length = 0;
};
// REQUIRES: bytes.size() == 5
FrameHeader parse_frame_header(std::string_view bytes);

}  // namespace jawort
