// A VFS of SQLite (sqlite.org/vfs.html) around the system's own that zeroes the unused middle of
// b-tree pages on their way into the database file. secure_delete overwrites what is deleted, but
// where SQLite moves rows between pages it leaves old copies in that gap, also of rows that are
// erased later.
#pragma once

namespace jawort {

// Its name, for whoever opens a connection that writes. Registers it at the first call;
// thread-safe.
const char* wiping_vfs();

}  // namespace jawort
