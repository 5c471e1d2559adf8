// Ways to write "this machine" as the host of a URL, as some program or other reads them.
#pragma once

#include <array>
#include <string_view>

namespace jawort::testing {

inline constexpr std::array<std::string_view, 66> kLoopbackSpellings = {
    // dotted, short, decimal, octal, hexadecimal, mixed
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.1.", "127.255.255.254", "127.0.0.2",
    "2130706433", "2130706433.", "017700000001", "0x7f000001", "0X7F000001", "0x7f000001.",
    "0177.0.0.1", "0177.0.0.01", "0177.1", "0x7f.0.0.1", "0x7f.1", "0x7f.0.1", "0x7F.0x0.0x0.0x1",
    "0x7f.0.0.0x1", "0177.0x0.0.1", "127.0x1", "127.0.0x1", "127.0.0.01", "0127.0.0.1",
    "00000177.0.0.1", "0x0000007f.0.0.1", "127.000.000.001", "127.65535", "127.16777215",
    // unspecified, which connects to this machine
    "0.0.0.0", "0", "0.", "00", "0x0", "0.0", "0x00000000",
    // IPv6, and IPv4 inside it
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::0001]",
    "[::0:1]", "[::]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:0:0:0:0:80ff:fffe]", "[::1%25lo]",
    "[fe80::1%25lo]",
    // names
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "ip6-localhost",
    "ip6-loopback",
    // full stops and digits of other scripts, and percent signs
    "127\xe3\x80\x82"
    "0\xe3\x80\x82"
    "0\xe3\x80\x82"
    "1",
    "%31%32%37.0.0.1"};

}  // namespace jawort::testing
