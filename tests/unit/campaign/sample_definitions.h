// Definitions to start from, and edits of them.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/campaign/definition_set.h"
#include "tests/support/catch.h"

namespace jawort::testing {

// A file below the root of the repository, from wherever the test runs inside it.
inline std::string repository_file(const std::string& path) {
  std::filesystem::path folder = std::filesystem::current_path();
  while (!std::filesystem::exists(folder / path) && folder != folder.parent_path()) {
    folder = folder.parent_path();
  }
  std::ifstream in(folder / path, std::ios::binary);
  REQUIRE(in.good());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline std::string sommer() { return repository_file("tests/golden/sommer.toml"); }

inline std::string edited(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  INFO("looking for: " << from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

inline std::vector<Document> documents_of(const std::string& toml) {
  auto documents = read_definitions(toml, "test.toml");
  if (!documents.ok()) FAIL(documents.error().message);
  return std::move(*documents);
}

inline std::shared_ptr<const DefinitionSet> set_of(const std::string& toml) {
  auto set = DefinitionSet::build(documents_of(toml));
  if (!set.ok()) FAIL(set.error().message);
  return std::move(*set);
}

inline const Document& document_of(const std::vector<Document>& documents, std::string_view kind,
                                   std::string_view id) {
  for (const Document& document : documents) {
    if (document.kind == kind && document.id == id) return document;
  }
  FAIL("no " << kind << " " << id);
  return documents.front();
}

}  // namespace jawort::testing
