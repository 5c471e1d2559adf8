// Small files as a whole: read within a limit, written so that a crash leaves the old or the new.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace jawort {

// The messages name the path and the cause. kNotFound: there is no such file. kInvalid: it is a
// folder, or larger than `limit` bytes. kStorage: it cannot be read.
Result<std::string> read_file(const std::string& path, std::size_t limit);

// As read_file, for what nobody else may know. Symbolic links are followed; what counts is the file
// that was opened: it belongs to us or to root (root itself reads anybody's), nobody else may write
// it, and nobody else may read it but a group to which root gave it (root:jawort 0640; the access
// list of systemd's credentials, on their read-only file system). Else kConfiguration with the
// cure.
Result<std::string> read_secret_file(const std::string& path, std::size_t limit);

enum class IfExists : std::uint8_t { kReplace, kRefuse };

// Writes beside the target, flushes, renames, and flushes the folder: after an ok the file survives
// a power cut; after an error, or a crash in between, the old file is as it was. The file has
// exactly `mode`, whatever the umask. kRefused with kRefuse when the file exists; else kStorage.
Status write_file_durably(const std::string& path, ByteView bytes, mode_t mode,
                          IfExists if_exists = IfExists::kReplace);

// Writes all of it, however often the call is interrupted. False: errno says why, and nobody knows
// how much is there.
bool write_all(int descriptor, std::string_view bytes);

// What an errno means, in English whatever the locale. Thread-safe.
std::string system_error_text(int error);

// Flushes the entries of a folder: what was created, renamed or removed in it.
Status sync_folder(const std::string& folder);

}  // namespace jawort
