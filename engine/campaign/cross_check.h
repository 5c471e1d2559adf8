// What has to hold between documents. Inside the room only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/campaign/definitions.h"

namespace jawort {

// All documents in force, typed, by id.
struct LoadedDefinitions {
  struct Newsletter {
    std::string id, purpose;
    std::map<std::string, std::vector<std::string>> audience_fields;
  };

  std::vector<Controller> controllers;
  std::map<std::string, Form, std::less<>> forms;
  std::map<std::string, Purpose, std::less<>> purposes;
  std::map<std::string, FieldDefinition, std::less<>> fields;
  std::map<std::string, Campaign, std::less<>> campaigns;
  std::vector<Newsletter> newsletters;
  std::vector<Webhook> webhooks;
  std::optional<Duration> pending_delete_after;  // retention "pending"
  std::optional<Duration> ip_delete_after;       // "ip"
  std::optional<Duration> revoked_keep_proof;    // "revoked"
};

// Everything that is wrong, one sentence each, with file and line where `documents` know them:
// `sommer.toml:83: form "contact": fields: there is no field "nmae"`.
std::vector<std::string> cross_check(const LoadedDefinitions& loaded,
                                     const std::vector<Document>& documents);

// "file:line: " of the key ("wording.de"), else of what it lies in, else of the definition; empty
// for one that lies in the store.
std::string place_of(const std::vector<Document>& documents, std::string_view kind,
                     std::string_view id, std::string_view key);

}  // namespace jawort
