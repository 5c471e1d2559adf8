// The files of a dossier, by name.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace jawort {

// Name → bytes, in the order of the names' bytes.
using DossierFiles = std::map<std::string, std::string, std::less<>>;

inline constexpr std::size_t kDossierFileLimit = 1000;
inline constexpr std::size_t kDossierByteLimit = 64U * 1024U * 1024U;  // of all files together

// 1 to 200 characters of A–Z a–z 0–9 . _ - /, where no part between slashes is empty, "." or "..".
bool valid_dossier_name(std::string_view name);

}  // namespace jawort
