// The header fields of a mail of ours, in their order. Knows no test framework: fuzz targets use
// it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine/mail/message.h"

namespace jawort::testing {

inline const std::vector<std::string> kCommonFields{"From",
                                                    "To",
                                                    "Reply-To",
                                                    "Subject",
                                                    "Date",
                                                    "Message-ID",
                                                    "MIME-Version",
                                                    "Content-Language",
                                                    "Auto-Submitted",
                                                    "List-Unsubscribe",
                                                    "List-Unsubscribe-Post",
                                                    "Content-Type"};

inline std::vector<std::string> expected_fields(const MailContent& mail) {
  std::vector<std::string> fields = kCommonFields;
  if (!mail.reply_to) fields.erase(std::ranges::find(fields, "Reply-To"));
  if (mail.html.empty()) fields.emplace_back("Content-Transfer-Encoding");
  return fields;
}

}  // namespace jawort::testing
