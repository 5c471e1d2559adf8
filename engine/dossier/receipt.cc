#include "engine/dossier/receipt.h"

#include <nlohmann/json.hpp>

namespace jawort {

std::string receipt_json(const CaseRecord& record) {
  const nlohmann::json receipt = {{"purpose", record.purpose}};
  return receipt.dump(2) + "\n";
}

}  // namespace jawort
