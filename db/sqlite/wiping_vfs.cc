#include "db/sqlite/wiping_vfs.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <sqlite3.h>

namespace jawort {
namespace {

constexpr const char* kName = "jawort-wiping";
constexpr int kFileHeader = 100;  // before the first page's own header
// In greater files the first byte of an overflow page, whose number of the next one begins with it,
// could be taken for a kind of b-tree page.
constexpr sqlite3_int64 kMostPages = 1 << 25;

// Lies in front of the system's own file.
struct File {
  sqlite3_file base;
  sqlite3_file* real;
  bool is_database;
};

sqlite3_vfs* g_system = nullptr;  // set once, before any file is opened

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

int number_at(const unsigned char* bytes) { return bytes[0] << 8 | bytes[1]; }

struct Gap {
  int from = 0, to = 0;
};

// Between the pointers to the cells and the cells (sqlite.org/fileformat2.html §1.6); none where
// the page is no b-tree page.
Gap gap_of(const unsigned char* page, int size, sqlite3_int64 at) {
  const bool whole = size >= 512 && size <= 65536 && (size & (size - 1)) == 0 && at % size == 0;
  if (!whole || at / size >= kMostPages) return {};
  const int header = at == 0 ? kFileHeader : 0;
  const int kind = page[header];
  const bool leaf = kind == 10 || kind == 13;
  if (!leaf && kind != 2 && kind != 5) return {};
  const int cells = number_at(page + header + 3);
  const int content = number_at(page + header + 5);
  const Gap gap{header + (leaf ? 8 : 12) + 2 * cells, content == 0 ? 65536 : content};
  return gap.from < gap.to && gap.to <= size ? gap : Gap{};
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  const auto* const page = static_cast<const unsigned char*>(bytes);
  const Gap gap = reinterpret_cast<File*>(file)->is_database ? gap_of(page, size, at) : Gap{};
  const auto used = [](unsigned char byte) { return byte != 0; };
  if (std::none_of(page + gap.from, page + gap.to, used)) {
    return real(file)->pMethods->xWrite(real(file), bytes, size, at);
  }
  thread_local std::vector<unsigned char> wiped;
  wiped.assign(page, page + size);
  std::fill(wiped.begin() + gap.from, wiped.begin() + gap.to, static_cast<unsigned char>(0));
  return real(file)->pMethods->xWrite(real(file), wiped.data(), size, at);
}

int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
int read(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
  return real(file)->pMethods->xRead(real(file), into, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) { return real(file)->pMethods->xSync(real(file), flags); }
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int control(sqlite3_file* file, int what, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), what, argument);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int device(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, at);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

// Version 2: no memory-mapped reading, which Jawort does not use.
constexpr sqlite3_io_methods kMethods{2,           close,       read,    write,   truncate,
                                      sync,        file_size,   lock,    unlock,  check_lock,
                                      control,     sector_size, device,  shm_map, shm_lock,
                                      shm_barrier, shm_unmap,   nullptr, nullptr};

int open(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* opened) {
  auto* const own = reinterpret_cast<File*>(file);
  own->real = reinterpret_cast<sqlite3_file*>(own + 1);
  own->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  std::memset(own->real, 0, static_cast<std::size_t>(g_system->szOsFile));
  const int result = g_system->xOpen(g_system, name, own->real, flags, opened);
  // SQLite closes what has methods, also after a failure.
  own->base.pMethods = own->real->pMethods != nullptr ? &kMethods : nullptr;
  return result;
}

const char* register_vfs() {
  g_system = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs wiping = *g_system;
  wiping.zName = kName;
  wiping.szOsFile += static_cast<int>(sizeof(File));
  wiping.xOpen = open;
  sqlite3_vfs_register(&wiping, 0);
  return kName;
}

}  // namespace

const char* wiping_vfs() {
  static const char* const name = register_vfs();
  return name;
}

}  // namespace jawort
