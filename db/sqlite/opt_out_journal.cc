#include "db/sqlite/opt_out_journal.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr int kAtOnce = 1000;
constexpr std::int64_t kTail = 4096;  // holds the last lines whole

std::string read_at(int descriptor, std::int64_t from, std::int64_t size) {
  std::string text(static_cast<std::size_t>(size), '\0');
  const ssize_t got = pread(descriptor, text.data(), text.size(), from);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

// The whole lines of a journal, as far as they must be known to go on with it.
struct End {
  std::int64_t size = 0;       // up to the last line end
  std::optional<OptOut> last;  // nothing where only the heading is there
};

// Nothing where the file is no journal under this mark.
std::optional<End> find_end(int descriptor, std::int64_t size, std::int64_t mark) {
  const std::string head = read_at(descriptor, 0, std::min<std::int64_t>(size, 64));
  const std::size_t line_end = head.find('\n');
  if (line_end == std::string::npos || parse_opt_out_heading(head.substr(0, line_end)) != mark) {
    return std::nullopt;
  }
  const std::int64_t from = std::max<std::int64_t>(0, size - kTail);
  const std::string tail = read_at(descriptor, from, size - from);
  const std::size_t last_end = tail.rfind('\n');
  if (last_end == std::string::npos) return std::nullopt;
  End end;
  end.size = from + static_cast<std::int64_t>(last_end) + 1;
  const std::size_t before = last_end == 0 ? std::string::npos : tail.rfind('\n', last_end - 1);
  if (before == std::string::npos) return from == 0 ? std::optional(end) : std::nullopt;
  end.last = parse_opt_out_line(std::string_view(tail).substr(before + 1, last_end - before - 1));
  return end.last ? std::optional(end) : std::nullopt;
}

// Whether the table has this line: then all before it are the table's too.
Result<bool> is_known(Connection& connection, const OptOut& line) {
  return connection.guarded([&]() -> Result<bool> {
    Query query(connection, "SELECT at, kind, subject, detail FROM opt_out WHERE number = ?");
    if (!query.bind(line.number).step()) return false;
    const Instant at = query.instant();
    const std::string kind = query.text();
    const std::string subject = query.text();
    return at == line.at && kind == name_of(line.kind) && subject == line.subject &&
           query.text() == line.detail;
  });
}

std::string time_in_name(Instant now) {
  std::string text = rfc3339(now);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return text;
}

}  // namespace

Result<std::unique_ptr<OptOutJournal>> OptOutJournal::open(const std::string& path,
                                                           const OptOutKeys& keys,
                                                           Connection& connection, Instant now,
                                                           Log& log) {
  for (;;) {
    const int descriptor =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
      return storage_error("cannot open " + path + ": " + system_error_text(errno));
    std::unique_ptr<OptOutJournal> journal(new OptOutJournal(descriptor, keys, log));
    struct stat status {};
    if (fstat(descriptor, &status) != 0) return storage_error("cannot read " + path);
    if (status.st_size == 0) {
      JAWORT_TRY(sync_folder(std::filesystem::path(path).parent_path().string()));
      if (!journal->append(opt_out_heading(keys.mark))) log.error("opt_outs_not_written");
      return journal;
    }
    const auto end = find_end(descriptor, status.st_size, keys.mark);
    bool known = end.has_value();
    if (end && end->last) {
      const auto found = is_known(connection, *end->last);
      if (!found.ok()) return found.error();
      known = *found;
    }
    if (known) {
      journal->size_ = end->size;
      journal->number_ = end->last ? end->last->number : 0;
      return journal;
    }
    const std::string aside = path + "." + time_in_name(now);
    if (std::rename(path.c_str(), aside.c_str()) != 0) {
      return storage_error("cannot rename " + path + ": " + system_error_text(errno));
    }
    log.warning("opt_outs_set_aside", {{"file", std::string_view(aside)}});
  }
}

OptOutJournal::~OptOutJournal() { close(descriptor_); }

bool OptOutJournal::append(const std::string& lines) {
  // What a crash or a failed try left behind the last whole line.
  const bool done = ftruncate(descriptor_, size_) == 0 && write_all(descriptor_, lines) &&
                    fdatasync(descriptor_) == 0;
  if (done) size_ += static_cast<std::int64_t>(lines.size());
  return done;
}

void OptOutJournal::catch_up(Connection& connection) {
  for (;;) {
    const auto rows = read_opt_outs(connection, number_ + 1, kAtOnce, keys_);
    if (rows.ok() && rows->empty()) break;
    std::string lines = size_ == 0 ? opt_out_heading(keys_.mark) : "";
    if (rows.ok()) {
      for (const OptOut& row : *rows) lines += opt_out_line(row);
    }
    if (!rows.ok() || !append(lines)) {
      if (!behind_) log_.error("opt_outs_not_written", {{"advice", "see disk and file system"}});
      behind_ = true;
      return;
    }
    number_ = rows->back().number;
  }
  if (behind_) log_.info("opt_outs_written");
  behind_ = false;
}

Result<std::vector<OptOut>> read_opt_outs(Connection& connection, std::int64_t first, int limit,
                                          const OptOutKeys& keys) {
  return connection.guarded([&]() -> Result<std::vector<OptOut>> {
    Query query(connection,
                "SELECT o.number, o.at, o.kind, o.subject, o.detail, o.address_key,"
                " c.email_normalised FROM opt_out o LEFT JOIN contact c ON c.id = o.contact_id"
                " WHERE o.number >= ? AND (o.contact_id IS NULL OR c.id IS NOT NULL)"
                " ORDER BY o.number LIMIT ?");
    query.bind(first, limit);
    std::vector<OptOut> rows;
    while (query.step()) {
      OptOut row;
      row.number = query.integer();
      row.at = query.instant();
      const auto kind = parse_opt_out_kind(query.text());
      if (!kind) Query::damaged("an opt-out is damaged");
      row.kind = *kind;
      row.subject = query.text();
      row.detail = query.text();
      const auto key = query.optional_integer();
      row.address_key = key ? *key : keys.key_of(query.text());
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

}  // namespace jawort
