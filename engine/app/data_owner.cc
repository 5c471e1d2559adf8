#include "engine/app/data_owner.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace jawort {
namespace {

constexpr std::size_t kPasswdLineLimit = 64 * 1024;

struct User {
  uid_t uid;
  gid_t gid;
};

// The owner with its own group, or with the folder's where it has no entry in passwd.
User owner_of(const struct stat& folder) {
  std::vector<char> buffer(kPasswdLineLimit);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(folder.st_uid, &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return {folder.st_uid, folder.st_gid};
  }
  return {folder.st_uid, entry.pw_gid};
}

}  // namespace

Status become_data_owner(const Config& config) {
  if (::geteuid() != 0) return {};
  // Before the first start there is no data folder: then who may read the keys runs the server.
  for (const std::string& path : {config.data_folder(), config.keys_folder, config.file}) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) continue;
    if (found.st_uid == 0) return {};
    const User user = owner_of(found);
    // Groups first: the user may not change them any more.
    if (::setgroups(0, nullptr) != 0 || ::setresgid(user.gid, user.gid, user.gid) != 0 ||
        ::setresuid(user.uid, user.uid, user.uid) != 0) {
      return refused("cannot become the owner of " + path);
    }
    return {};
  }
  return {};
}

}  // namespace jawort
