#include "engine/app/control_protocol.h"

#include <nlohmann/json.hpp>

#include "engine/base/text.h"

namespace jawort {
namespace {

using Json = nlohmann::json;

bool all_utf8(const Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  return std::all_of(arguments.begin(), arguments.end(), valid_utf8) &&
         valid_utf8(invocation.purpose) && valid_utf8(invocation.state) &&
         valid_utf8(invocation.language) &&
         std::all_of(invocation.files.begin(), invocation.files.end(),
                     [](const DefinitionFile& file) {
                       return valid_utf8(file.name) && valid_utf8(file.content);
                     });
}

}  // namespace

Result<std::string> encode_invocation(const Invocation& invocation) {
  if (!all_utf8(invocation)) return invalid("what was typed, or a file, is not UTF-8 text");
  Json files = Json::array();
  for (const DefinitionFile& file : invocation.files) {
    files.push_back({{"name", file.name}, {"content", file.content}});
  }
  Json request = {{"program", JAWORT_VERSION},
                  {"verb", invocation.verb},
                  {"arguments", invocation.arguments},
                  {"purpose", invocation.purpose},
                  {"state", invocation.state},
                  {"limit", invocation.limit},
                  {"json", invocation.json},
                  {"dry_run", invocation.dry_run},
                  {"all", invocation.all},
                  {"uncertain", invocation.uncertain},
                  {"csv", invocation.csv},
                  {"ledger", invocation.ledger},
                  {"history", invocation.history},
                  {"with_proof", invocation.with_proof},
                  {"files", std::move(files)}};
  request["from_now"] = invocation.from_now;
  request["kept"] = invocation.kept;
  request["language"] = invocation.language;
  request["checkpoint"] = invocation.checkpoint;
  return request.dump();
}

Result<Invocation> decode_invocation(std::string_view json) {
  try {
    const Json request = Json::parse(json);
    if (request.at("program") != JAWORT_VERSION) {
      return refused("the running server is jawort " JAWORT_VERSION ", this is jawort " +
                     request.at("program").get<std::string>() + "; use the same one");
    }
    Invocation invocation;
    request.at("verb").get_to(invocation.verb);
    request.at("arguments").get_to(invocation.arguments);
    request.at("purpose").get_to(invocation.purpose);
    request.at("state").get_to(invocation.state);
    request.at("language").get_to(invocation.language);
    request.at("checkpoint").get_to(invocation.checkpoint);
    request.at("limit").get_to(invocation.limit);
    request.at("json").get_to(invocation.json);
    request.at("dry_run").get_to(invocation.dry_run);
    request.at("all").get_to(invocation.all);
    request.at("uncertain").get_to(invocation.uncertain);
    request.at("csv").get_to(invocation.csv);
    request.at("ledger").get_to(invocation.ledger);
    request.at("history").get_to(invocation.history);
    request.at("with_proof").get_to(invocation.with_proof);
    request.at("from_now").get_to(invocation.from_now);
    request.at("kept").get_to(invocation.kept);
    for (const Json& file : request.at("files")) {
      invocation.files.push_back({file.at("name"), file.at("content")});
    }
    return invocation;
  } catch (const Json::exception&) {
    return invalid("the request on the control socket is malformed");
  }
}

std::string frame_header(char type, std::size_t length) {
  std::string header(1, type);
  for (const int shift : {24, 16, 8, 0}) {
    header.push_back(static_cast<char>(static_cast<unsigned char>((length >> shift) & 0xFF)));
  }
  return header;
}

FrameHeader parse_frame_header(std::string_view bytes) {
  FrameHeader header{bytes[0], 0};
  for (std::size_t i = 1; i < 5; ++i) {
    header.length = (header.length << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return header;
}

}  // namespace jawort
